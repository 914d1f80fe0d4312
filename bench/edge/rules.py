"""The rules of HTTP caching, run on manycast and on the caches that people trust.

`python -m bench.edge.rules [--against manycast,nginx,varnish] [--only CATEGORY] [--page] [--json]`
"""

import argparse
import asyncio
import json
import sys

from bench.edge.rules_caches import CACHES, cache, missing
from bench.edge.rules_choosing import CHOOSING
from bench.edge.rules_coding import CODING
from bench.edge.rules_lifetimes import LIFETIMES
from bench.edge.rules_model import Level, Rule
from bench.edge.rules_origin import Origin
from bench.edge.rules_renewing import RENEWING
from bench.edge.rules_run import Outcome, run
from bench.edge.rules_storing import STORING


RULES: list[Rule] = [*LIFETIMES, *STORING, *CHOOSING, *RENEWING, *CODING]

INTRODUCTION = """# The rules of HTTP caching, one by one

Written by `python -m bench.edge.rules --page`. An origin answers as each rule scripts it, and what the viewer and the origin
got is compared with what the rule says. nginx and Varnish are Debian's, set up as `bench/edge/rules_caches.py` shows:
nginx with `proxy_cache`, `proxy_cache_revalidate` and `proxy_cache_background_update`, Varnish with its own rules and no
lifetime unless the origin gives one.

- **required**: the specification demands it, or a wrong or foreign reply would be served without it.
- **optimal**: may be left out, at the price of a fetch.
- **optional**: left to the cache; told, not counted. manycast leaves out on purpose what a request's own
  Cache-Control asks for (with it any viewer empties a cache; `cache.obey_requests` turns it on), replies that set a
  cookie without a word that they are for all (`cache.store_cookies`), and replies of which a parent sends more than it
  announced.
- *moot*: what the rule needs failed, so that not caching at all would meet it.
"""

Found = dict[str, list[Outcome]]
"""By the name of the cache; each in the order of the rules."""


async def results(name: str, rules: list[Rule], config: str = "", *words: str) -> list[Outcome]:
    origin = Origin()
    async with await origin.start(), cache(name, origin.port, config, *words) as port:
        return await run(rules, origin, port)


def categories(rules: list[Rule]) -> list[str]:
    return list(dict.fromkeys(rule.category for rule in rules))


def by_category(found: Found, level: Level) -> list[str]:
    """A table in Markdown of how many rules of each category hold."""
    names = list(found)
    rules = [outcome.rule for outcome in found[names[0]] if outcome.rule.level is level]
    lines = [f"| {level.value} | of | {' | '.join(names)} |", "|---" * (len(names) + 2) + "|"]
    for category in [*categories(rules), ""]:
        chosen = [rule for rule in rules if category in {"", rule.category}]
        counts = [sum(o.passed for o in found[name] if o.rule in chosen) for name in names]
        title = category or "**all**"
        lines.append(f"| {title} | {len(chosen)} | {' | '.join(map(str, counts))} |")
    return lines


def by_rule(found: Found, category: str) -> list[str]:
    """A table in Markdown of its rules: yes, no, or moot where what a rule needs failed."""
    names = list(found)
    lines = [f"| rule | what it says | RFC | level | {' | '.join(names)} |"]
    lines.append("|---" * (len(names) + 4) + "|")
    for row in zip(*found.values(), strict=True):
        rule = row[0].rule
        if rule.category != category:
            continue
        marks = ["yes" if o.passed else "moot" if o.moot else "**no**" for o in row]
        says = rule.says.replace("|", "\\|")
        cells = [f"`{rule.name.partition('/')[2]}`", says, rule.rfc, rule.level.value, *marks]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def as_json(found: Found) -> str:
    return json.dumps(
        {
            name: [
                {
                    "rule": o.rule.name, "level": o.rule.level.value, "rfc": o.rule.rfc,
                    "passed": o.passed, "moot": o.moot, "trouble": o.trouble,
                }
                for o in outcomes
            ]
            for name, outcomes in found.items()
        },
        indent=1,
    )  # fmt: skip


def shown(found: Found) -> list[str]:
    lines = _counts(found)
    for name, outcomes in found.items():
        failed = [o for o in outcomes if not o.passed and o.rule.level is not Level.OPTIONAL]
        lines += [
            f"{name}: {o.rule.level.value} {o.rule.name}: {o.trouble or 'moot'}" for o in failed
        ]
    return lines


def page(found: Found) -> list[str]:
    """A whole document in Markdown."""
    lines = [INTRODUCTION, *_counts(found)]
    outcomes = next(iter(found.values()))
    for category in categories([outcome.rule for outcome in outcomes]):
        lines += [f"## {category}", "", *by_rule(found, category), ""]
    return lines


def _counts(found: Found) -> list[str]:
    return [line for level in Level for line in [*by_category(found, level), ""]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", default=",".join(CACHES), metavar="NAME[,NAME]")
    parser.add_argument("--only", default="", metavar="PREFIX", help="of the rules' names")
    parser.add_argument("--page", action="store_true", help="rule by rule, for the documents")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    names = arguments.against.split(",")
    if unknown := set(names) - set(CACHES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(CACHES)}")
    if words := missing(names):
        sys.exit(f"bench.edge.rules: {words}")
    rules = [rule for rule in RULES if rule.name.startswith(arguments.only)]
    if not rules:
        parser.error(f"no rule's name begins with {arguments.only!r}")
    found = {name: asyncio.run(results(name, rules)) for name in names}
    if arguments.json:
        print(as_json(found))
    else:
        print("\n".join(page(found) if arguments.page else shown(found)))


if __name__ == "__main__":
    main()
