"""Runs rules against one cache, many at a time, and says what each found."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bench.edge.rules_model import Expect, Rule, Step
from bench.edge.rules_origin import Origin, Seen, told
from bench.edge.rules_wire import Fields, Got, ask, first, joined


TOGETHER_MAX = 48
"""Rules that run at a time: most of their time is waiting for something to become stale."""


_ANSWERED = {Expect.CACHED, Expect.FETCHED, Expect.RENEWED}


@dataclass(frozen=True, slots=True)
class Outcome:
    rule: Rule
    trouble: str = ""
    """Why it failed."""
    moot: bool = False
    """What it needs failed, so that it says nothing."""

    @property
    def passed(self) -> bool:
        return not self.trouble and not self.moot


async def run(rules: Sequence[Rule], origin: Origin, port: int) -> list[Outcome]:
    """``port`` is the cache's; the origin is behind it."""
    room = asyncio.Semaphore(TOGETHER_MAX)

    async def one(rule: Rule) -> str:
        async with room:
            return await attempt(rule, origin, port)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(rule)) for rule in rules]
    found = {rule.name: task.result() for rule, task in zip(rules, tasks, strict=True)}
    return [Outcome(rule, found[rule.name], moot=bool(found.get(rule.needs))) for rule in rules]


async def attempt(rule: Rule, origin: Origin, port: int) -> str:
    """What went wrong, or nothing."""
    number, script = origin.begin()
    for place, step in enumerate(rule.steps, 1):
        script.answer = step.answer
        before = len(script.seen)
        target = f"/rules/{number}{step.at}"
        got = await ask(port, step.method, target, told(step.fields), step.body)
        trouble = judged(step, got, script.seen[before:], before)
        if trouble:
            return f"request {place}: {trouble}"
        if step.pause_s:
            await asyncio.sleep(step.pause_s)
    return ""


def judged(step: Step, got: Got, seen: list[Seen], known: int) -> str:
    """Compare a reply, and what the origin was sent, with what a step expects.

    ``known`` is the number of the last answer that the origin gave before.
    """
    checks = (_source(step, got, seen, known), _reply(step, got), _upstream(step, seen))
    return next(filter(None, checks), "")


def _source(step: Step, got: Got, seen: list[Seen], known: int) -> str:
    serial = int(first(got.fields, "serial") or 0)
    stored = 0 < serial <= known
    renewed = any(request.status == 304 for request in seen)
    trouble = ""
    match step.expect:
        case Expect.CACHED | Expect.QUIET if seen:
            trouble = "the origin was asked"
        case Expect.CACHED | Expect.STALE if not stored and got.status != 304:
            trouble = "no stored reply"
        case Expect.FETCHED if not known < serial:
            trouble = "a stored reply" if stored else "no new reply"
        case Expect.RENEWED if not renewed:
            trouble = "no condition that the origin could meet" if seen else "not asked"
        case Expect.ASKED if not seen:
            trouble = "a stored reply" if stored else "the origin was not asked"
        case Expect.REFUSED if stored or 0 < got.status < 500:
            trouble = "a stored reply" if stored else "no error"
    return trouble and f"{trouble} (status {got.status})"


def _reply(step: Step, got: Got) -> str:
    wanted = step.status
    if wanted is None and step.expect in _ANSWERED:
        wanted = step.answer.status
    if wanted is not None and got.status != wanted:
        return f"status {got.status}, not {wanted}"
    texts = (step.text,) if isinstance(step.text, bytes) else step.text
    if texts is not None and got.body not in texts:
        return f"body {got.body[:40]!r}, not {texts[0][:40]!r}"
    if step.interim is not None and got.interim != step.interim:
        return f"interim replies {got.interim}, not {step.interim}"
    if step.check is not None and (trouble := step.check(got)):
        return trouble
    return _fields("reply", got.fields, step.has, step.lacks)


def _upstream(step: Step, seen: list[Seen]) -> str:
    if not step.sent and not step.unsent:
        return ""
    if not seen:
        return "the origin was not asked"
    return _fields("request upstream", seen[0].fields, step.sent, step.unsent)


def _fields(
    where: str, fields: Fields, has: tuple[tuple[str, str], ...], lacks: tuple[str, ...]
) -> str:
    for name, wanted in has:
        value = joined(fields, name)
        if not _fits(value, wanted):
            return f"{where}: {name} is {value!r}, not {wanted!r}"
    unwanted = [name for name in lacks if first(fields, name) is not None]
    return f"{where}: has {unwanted[0]}" if unwanted else ""


def _fits(value: str | None, wanted: str) -> bool:
    if value is None or wanted == "*":
        return value is not None
    if wanted.startswith(">"):
        return value.isdigit() and int(value) > int(wanted[1:])
    return wanted[1:] in value if wanted.startswith("~") else value == wanted
