"""Faults to plant in a clean run: what a checker must not overlook."""

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

from tests.hls.runs import Cut, Run

from manycast.hls.checker import Observation, check


Seen = list[Observation]
Fault = Callable[[Seen], Seen]
Faults = list[tuple[str, str, Fault]]
"""A rule, how it is broken, and what breaks it."""

SCRIPT = [Cut()] * 11 + [Cut(source_changed=True), Cut(gap=True)] + [Cut()] * 2
DELTA = r"_HLS_skip"
SOURCE = r"/source/index\.m3u8$"
SMALL = r"/720p/index\.m3u8$"


def run() -> Seen:
    return Run().play(SCRIPT)


def broken(seen: Seen) -> set[str]:
    return {violation.rule for violation in check(seen)}


def rules_of(module: ModuleType) -> set[str]:
    """The names of all rules that a checker's module can find broken."""
    return set(re.findall(r'yield \(?\s*"([a-z-]+)"', inspect.getsource(module)))


def names(faults: Faults) -> list[str]:
    return [f"{rule}: {what}" for rule, what, _ in faults]


def edit(pattern: str, replacement: str, *, url: str = SOURCE, nth: int = -8) -> Fault:
    """Change the nth playlist whose URL matches; ``pattern`` must be there once at least."""

    def fault(seen: Seen) -> Seen:
        index = [i for i, one in enumerate(seen) if re.search(url, one.url)][nth]
        text, count = re.subn(pattern, replacement, seen[index].text, count=1, flags=re.MULTILINE)
        assert count, f"{pattern!r} is not in\n{seen[index].text}"
        return [*seen[:index], replace(seen[index], text=text), *seen[index + 1 :]]

    return fault


def edit_all(pattern: str, replacement: str, *, url: str = "") -> Fault:
    def fault(seen: Seen) -> Seen:
        return [
            replace(one, text=re.sub(pattern, replacement, one.text, flags=re.MULTILINE))
            if re.search(url, one.url)
            else one
            for one in seen
        ]

    return fault
