"""A rule of HTTP caching as data: what a viewer asks, what the origin answers, what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from bench.edge.rules_wire import Got


Pairs = tuple[tuple[str, str | int], ...]
"""Fields; a number is an HTTP date so many seconds from now, and an empty Date leaves Date out."""

LAPSE_S = 2.2
"""Seconds after which a lifetime of one second is over, for caches that count in whole ones as well."""


class Level(Enum):
    REQUIRED = "required"
    """The specification demands it, or a wrong or foreign reply would be served without it."""
    OPTIMAL = "optimal"
    """Allowed to be left out, at the price of a fetch."""
    OPTIONAL = "optional"
    """Left to the cache; told, not counted."""


class Expect(Enum):
    ANY = auto()
    CACHED = auto()
    """Answered from the store, and the origin hears nothing of it."""
    QUIET = auto()
    """The origin hears nothing."""
    STALE = auto()
    """Answered from the store, whether the origin hears of it or not."""
    FETCHED = auto()
    """A whole new reply of the origin."""
    RENEWED = auto()
    """The stored reply, after the origin has answered a condition with 304."""
    ASKED = auto()
    """The origin was asked, in either way."""
    REFUSED = auto()
    """Nothing stored is served; an error of the cache's own or of the origin."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the origin does when it is asked during a step."""

    fields: Pairs = ()
    status: int = 200
    body: bytes | None = None
    """None: one of its own for each answer."""
    renewed: Pairs | None = None
    """Fields of a 304; those of the answer, but for its body's, when None."""
    interim: tuple[tuple[int, Pairs], ...] = ()
    cut: bool = False
    """Close the connection without a word."""
    wait_s: float = 0.0
    ranges: bool = False
    """Obey Range."""
    plain: bytes | None = None
    """With a status of 206: the body of a 200 where no Range was asked for."""
    last: bool = False
    """Close the connection behind it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request through the cache."""

    expect: Expect = Expect.ANY
    answer: Answer = field(default_factory=Answer)
    fields: Pairs = ()
    method: str = "GET"
    body: bytes = b""
    at: str = ""
    """Appended to the rule's own path."""
    status: int | None = None
    text: bytes | tuple[bytes, ...] | None = None
    """The body, or one of several; a reply that was cut off has none."""
    has: tuple[tuple[str, str], ...] = ()
    """Fields of the reply: a value, ">N" for a number above N, "*" for any, "~X" to contain X."""
    lacks: tuple[str, ...] = ()
    sent: tuple[tuple[str, str], ...] = ()
    """Fields that the origin gets, in the same spelling."""
    unsent: tuple[str, ...] = ()
    interim: tuple[int, ...] | None = None
    """Statuses of the interim replies that reach the viewer."""
    check: Callable[[Got], str] | None = None
    """What is wrong with the reply otherwise; empty for nothing."""
    pause_s: float = 0.0
    """Wait after it."""


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    says: str
    rfc: str
    steps: tuple[Step, ...]
    level: Level
    needs: str = ""
    """Without the rule of that name this one would be met by not caching at all."""

    @property
    def category(self) -> str:
        return self.name.partition("/")[0]


BASIS = "cc-freshness/max-age"


class Group:
    """Collects the rules of one category."""

    def __init__(self, category: str, rfc: str, needs: str = BASIS) -> None:
        self.rules: list[Rule] = []
        self._needs = needs
        self._category = category
        self._rfc = rfc

    def add(
        self, name: str, says: str, *steps: Step, level: Level = Level.REQUIRED, rfc: str = "",
        needs: str = BASIS,
    ) -> None:  # fmt: skip
        named = f"{self._category}/{name}"
        needed = "" if named == BASIS else needs
        self.rules.append(Rule(named, says, rfc or self._rfc, steps, level, needed))

    def reused(
        self, name: str, says: str, *fields: tuple[str, str | int], level: Level = Level.OPTIMAL,
        status: int = 200, rfc: str = "",
    ) -> None:  # fmt: skip
        """A reply with these fields answers the next request as well."""
        first = Step(answer=Answer(fields, status))
        again = replace(first, expect=Expect.CACHED)
        self.add(name, says, first, again, level=level, rfc=rfc, needs="")

    def refused(
        self, name: str, says: str, *fields: tuple[str, str | int], level: Level = Level.REQUIRED,
        status: int = 200, pause_s: float = 0.0, rfc: str = "",
    ) -> None:  # fmt: skip
        """A reply with these fields does not answer the next request by itself."""
        first = Step(answer=Answer(fields, status), pause_s=pause_s)
        again = Step(Expect.ASKED, Answer(fields, status))
        self.add(name, says, first, again, level=level, rfc=rfc, needs=self._needs)
