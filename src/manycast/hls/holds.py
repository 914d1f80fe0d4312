"""Held requests of one rendition: each is settled exactly once, when its part exists or its time is up."""

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import assert_never

from manycast.hls.reload import (
    Hold,
    Now,
    Position,
    Reject,
    Reload,
    decide,
    decide_part,
    hold_s_max,
)
from manycast.hls.rules import Rules


HELD_MAX = 10_000
"""Edges join their viewers' requests, so this many mean that viewers reach the origin directly."""


@dataclass(frozen=True, slots=True)
class HintedPart:
    """A part by its global number, asked for before it exists."""

    number: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A request arrived; ``request`` is the driver's own id for it."""

    request: int
    wanted: Reload | HintedPart


@dataclass(frozen=True, slots=True)
class Left:
    """The client of a held request went away."""

    request: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """The live edge moved: a part was added, a segment closed, or the stream ended."""

    position: Position


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The source is stalled: answer 503, the client may ask again at once."""


@dataclass(frozen=True, slots=True)
class Full:
    """Too many requests are held already: answer 503."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Answer this request now."""

    request: int
    outcome: Now | Reject | TimedOut | Full


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts since the start; ``held`` is the present number."""

    held: int
    answered: int
    rejected: int
    timed_out: int
    turned_away: int
    left: int


Event = Asked | Left | Advanced


@dataclass(frozen=True, slots=True)
class _Held:
    wanted: Reload | HintedPart
    deadline: float


class Holds:
    """The engine of blocking reload."""

    def __init__(self, rules: Rules, *, held_max: int = HELD_MAX) -> None:
        self._rules = rules
        self._held_max = held_max
        self._hold_s = hold_s_max(rules)
        self._hold_whole_s = hold_s_max(rules, whole=True)
        self._position: Position | None = None
        self._held: dict[int, _Held] = {}
        self._deadlines: list[tuple[float, int]] = []
        """A heap; what was settled before its time stays in it until it comes up."""
        self._answered = self._rejected = self._timed_out = self._turned_away = self._left = 0

    def handle(self, event: Event, *, now: float) -> list[Settled]:
        match event:
            case Asked(request, wanted):
                return self._ask(request, wanted, now)
            case Left(request):
                self._left += self._held.pop(request, None) is not None
                return []
            case Advanced(position):
                return self._advance(position)
            case _:
                assert_never(event)

    def next_deadline(self) -> float | None:
        while self._deadlines:
            deadline, request = self._deadlines[0]
            held = self._held.get(request)
            if held is not None and held.deadline == deadline:
                return deadline
            heappop(self._deadlines)
        return None

    def handle_timer(self, *, now: float) -> list[Settled]:
        settled = []
        while (deadline := self.next_deadline()) is not None and deadline <= now:
            settled.append(self._settle(heappop(self._deadlines)[1], TimedOut()))
        return settled

    def statistics(self) -> Statistics:
        return Statistics(
            held=len(self._held),
            answered=self._answered,
            rejected=self._rejected,
            timed_out=self._timed_out,
            turned_away=self._turned_away,
            left=self._left,
        )

    def _ask(self, request: int, wanted: Reload | HintedPart, now: float) -> list[Settled]:
        assert request not in self._held, "a request asks once"
        verdict = self._decide(wanted)
        if not isinstance(verdict, Hold):
            return [self._settle(request, verdict)]
        if len(self._held) >= self._held_max:
            return [self._settle(request, Full())]
        whole = isinstance(wanted, Reload) and wanted.msn is not None and wanted.part is None
        deadline = now + (self._hold_whole_s if whole else self._hold_s)
        self._held[request] = _Held(wanted, deadline)
        heappush(self._deadlines, (deadline, request))
        return []

    def _advance(self, position: Position) -> list[Settled]:
        self._position = position
        verdicts = [(request, self._decide(held.wanted)) for request, held in self._held.items()]
        return [
            self._settle(request, verdict)
            for request, verdict in verdicts
            if not isinstance(verdict, Hold)
        ]

    def _decide(self, wanted: Reload | HintedPart) -> Now | Hold | Reject:
        if isinstance(wanted, HintedPart):
            return decide_part(self._position, wanted.number)
        return decide(self._position, wanted, self._rules)

    def _settle(self, request: int, outcome: Now | Reject | TimedOut | Full) -> Settled:
        self._held.pop(request, None)
        match outcome:
            case Now():
                self._answered += 1
            case Reject():
                self._rejected += 1
            case TimedOut():
                self._timed_out += 1
            case Full():
                self._turned_away += 1
            case _:
                assert_never(outcome)
        return Settled(request, outcome)
