"""Which parent a fetch goes to, when another is asked instead or as well, and when none is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile

from manycast.edge.parent import Parent, ParentNumbers
from manycast.model.failures import Failure
from manycast.settings.parents import ParentsSettings
from manycast.std.breaker import State
from manycast.std.budget import Budget
from manycast.std.http1 import IDEMPOTENT
from manycast.std.rendezvous import Rendezvous


_SICK = frozenset({502, 503, 504})
"""Statuses that say something of the parent and not of what was asked for."""
_LOOK_S = 0.1
"""Between attempts to reach parents that are all away: a fraction of a part."""


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One request to one parent."""

    parent: int
    started: float
    probe: bool
    """Its parent was avoided, and is back if this goes well."""


class Outcome(Enum):
    """What the end of a reply will say of its parent."""

    GOOD = "good"
    SLOW = "slow"
    TOLD = "told"
    """Nothing more than its head did."""


class Trip:
    """One fetch's way through the parents."""

    __slots__ = (
        "hedge", "held", "key", "method", "outcome", "refused", "refused_late", "route", "sent", "taken", "under_way"
    )  # fmt: skip

    def __init__(self, key: bytes, method: str, *, held: bool) -> None:
        self.key = key
        self.method = method
        self.held = held
        """Whether the parent is slow on purpose: a blocking playlist, a part yet to come."""
        self.route: list[int] = []
        """Parents left to try, the best first."""
        self.under_way: list[Attempt] = []
        self.sent = 0
        self.hedge: Attempt | None = None
        self.refused = 0
        """Times that a second request was wished for and not granted."""
        self.refused_late = False
        self.taken: Attempt | None = None
        self.outcome = Outcome.GOOD


class Step(Enum):
    """What becomes of a fetch; or an ``Attempt`` to start, or ``Again``."""

    TAKE = "pass this reply on; all other attempts are over"
    STAY = "another attempt is under way, this one is over"
    GIVE_UP = "the fetch has failed"


@dataclass(frozen=True, slots=True)
class Again:
    """No parent can be reached: ``restart`` after a while."""

    after_s: float


class Parents:
    """Tell it what became of each attempt, once: answered or failed, then ended or failed.

    Keys go to parents by rendezvous hashing, so that each parent caches its own share. ``groups`` are
    names, the preferred ones first; a later group is used when an earlier one is out of reach.
    """

    def __init__(self, groups: Sequence[Sequence[bytes]], settings: ParentsSettings) -> None:
        assert all(groups), "each group has a parent"
        self._settings = settings
        self._retries = Budget(settings.retry_ratio, settings.retry_burst)
        self._hedges = Budget(settings.hedge_ratio, settings.hedge_burst)
        self._parents: list[Parent] = []
        self._groups: list[tuple[Rendezvous, list[int]]] = []
        self._away_since: float | None = None
        for number, names in enumerate(groups):
            first = len(self._parents)
            self._parents += [Parent(name, number, settings) for name in names]
            self._groups.append((Rendezvous(names), list(range(first, len(self._parents)))))

    @property
    def away(self) -> bool:
        """Whether no parent could be reached when last tried."""
        return self._away_since is not None

    def numbers(self, now: float) -> list[ParentNumbers]:
        return [parent.numbers(now) for parent in self._parents]

    # A fetch's way.

    def depart(self, key: bytes, method: str, now: float, *, held: bool = False) -> Trip:
        """A trip whose first attempt is under way."""
        self._retries.earn()
        self._hedges.earn()
        trip = Trip(key, method, held=held)
        self.restart(trip, now)
        return trip

    def restart(self, trip: Trip, now: float) -> Attempt:
        trip.route = self._route(trip, now)
        return self._start(trip, trip.route[0], now)

    def answered(self, trip: Trip, attempt: Attempt, status: int, now: float) -> Step | Attempt:
        """The head of a final reply is here."""
        parent = self._parents[attempt.parent]
        waited_s = now - attempt.started
        if not trip.held:
            parent.answered(waited_s)
        if status in _SICK:
            return self._sick(trip, attempt, now)
        slow = not trip.held and self._is_slow(parent, waited_s)
        trip.outcome = Outcome.SLOW if slow else Outcome.GOOD
        self._take(trip, attempt, now)
        return Step.TAKE

    def ended(self, trip: Trip, attempt: Attempt, now: float) -> None:
        """The reply that was taken is complete."""
        self._close(trip, attempt)
        if trip.outcome is Outcome.SLOW:
            self._blame(attempt, "slow", now)
        elif trip.outcome is Outcome.GOOD:
            self._parents[attempt.parent].breaker.succeeded(now, probe=attempt.probe)

    def failed(
        self, trip: Trip, attempt: Attempt, failure: Failure, now: float
    ) -> Step | Attempt | Again:
        self._close(trip, attempt)
        if failure is Failure.BUSY or (failure is Failure.UNREACHABLE and not attempt.probe):
            self._parents[attempt.parent].count(failure)
            self._abandon(attempt)
        else:
            self._blame(attempt, failure, now)
        if trip.taken is not None:
            return Step.GIVE_UP
        return Step.STAY if trip.under_way else self._next(trip, failure, now)

    def given_up(self, trip: Trip) -> None:
        """Nobody wants the reply any more."""
        for attempt in list(trip.under_way):
            self._close(trip, attempt)
            self._abandon(attempt)

    def replaceable(self, trip: Trip) -> bool:
        """Whether a reply that turns out bad could be had from another parent."""
        return bool(trip.route) and not trip.held and trip.method in IDEMPOTENT

    # A second request beside the first.

    def hedge_at(self, trip: Trip) -> float | None:
        """When to ask ``hedge``, if no reply has been taken by then; after each refusal, later."""
        if self._peer(trip) is None or trip.refused_late:
            return None
        first = trip.under_way[0]
        early_s = self._settings.hedge_s_min
        if not first.probe:
            early_s = max(early_s, self._parents[first.parent].p95_s or 0.0)
        return first.started + min(self._settings.try_s, early_s * float(1 << trip.refused))

    def hedge(self, trip: Trip, now: float) -> Attempt | None:
        """A second attempt, if there is reason and budget for one."""
        peer = self._peer(trip)
        if peer is None:
            return None
        first = trip.under_way[0]
        late = now >= first.started + self._settings.try_s
        if not self._may_hedge(first, late=late):
            trip.refused += 1
            trip.refused_late = late
            return None
        trip.hedge = self._start(trip, peer, now)
        self._parents[peer].hedges += 1
        return trip.hedge

    # What is known of parents without a request.

    def reached(self) -> None:
        """A connection came about."""
        self._away_since = None

    def unreachable(self, index: int, now: float) -> None:
        """Once for each attempt to connect, however many fetches waited for it."""
        parent = self._parents[index]
        if parent.well:
            parent.breaker.trip(now)
            self._eject(parent, hard=True)

    def due(self, trip: Trip, now: float) -> int | None:
        """The parent that this trip would have probed, were it not held: examine it beside."""
        if not trip.held:
            return None
        for index in self._before_the_well(self._order(trip.key)):
            if self._parents[index].breaker.admit(now) is State.HALF_OPEN:
                return index
        return None

    def examined(self, index: int, now: float, *, well: bool) -> None:
        """What its health path said."""
        parent = self._parents[index]
        if well:
            parent.breaker.reset()
            return
        parent.count("health")
        parent.breaker.failed(now, probe=True)
        self.unreachable(index, now)

    # How it is decided.

    def _route(self, trip: Trip, now: float) -> list[int]:
        """Who is well, in order; then who is not, as the last resort. One to be probed goes first."""
        if len(self._parents) == 1:
            return [0]
        order = self._order(trip.key)
        well = [index for index in order if self._parents[index].well]
        sick = [index for index in order if not self._parents[index].well]
        if not trip.held and trip.method in IDEMPOTENT:
            for index in self._before_the_well(order):
                if self._parents[index].breaker.wants_probe(now):
                    sick.remove(index)
                    return [index, *well, *sick]
        return well + sick

    def _order(self, key: bytes) -> list[int]:
        return [members[i] for hashed, members in self._groups for i in hashed.order(key)]

    def _before_the_well(self, order: list[int]) -> list[int]:
        return list(takewhile(lambda index: not self._parents[index].well, order))

    def _start(self, trip: Trip, index: int, now: float) -> Attempt:
        trip.route.remove(index)
        parent = self._parents[index]
        probe = parent.breaker.admit(now) is State.HALF_OPEN
        attempt = Attempt(index, now, probe)
        parent.requests += 1
        parent.in_flight += 1
        trip.sent += 1
        trip.under_way.append(attempt)
        return attempt

    def _next(self, trip: Trip, failure: Failure, now: float) -> Step | Attempt | Again:
        if failure.unsent:
            trip.sent -= 1
            if trip.route:
                return self._retry(trip, trip.route[0], now)
            return self._look_again(trip, failure, now)
        if failure is not Failure.TIMEOUT and trip.route and self._may_retry(trip):
            return self._retry(trip, trip.route[0], now)
        return Step.GIVE_UP

    def _may_retry(self, trip: Trip) -> bool:
        allowed = trip.method in IDEMPOTENT and trip.sent < self._settings.attempts_max
        return allowed and self._retries.spend()

    def _retry(self, trip: Trip, index: int, now: float) -> Attempt:
        self._parents[index].retries += 1
        return self._start(trip, index, now)

    def _look_again(self, trip: Trip, failure: Failure, now: float) -> Step | Again:
        """Wait for parents that are only away for a moment."""
        if failure is Failure.BUSY or trip.sent:
            return Step.GIVE_UP
        if self._away_since is None:
            self._away_since = now
        patient = now - self._away_since < self._settings.away_s
        return Again(_LOOK_S) if patient else Step.GIVE_UP

    def _sick(self, trip: Trip, attempt: Attempt, now: float) -> Step | Attempt:
        """A 5xx of the kind that another parent may not give; if none is left, it is the answer.

        To a held request it says that the stream has stalled, which is no fault of the parent's.
        """
        trip.outcome = Outcome.TOLD
        if trip.held:
            self._take(trip, attempt, now)
            self._abandon(attempt)
            return Step.TAKE
        group = self._parents[attempt.parent].group
        peers = [index for index in trip.route if self._parents[index].group == group]
        others = len(trip.under_way) > 1
        retry = bool(peers) and not others and self._may_retry(trip)
        self._blame(attempt, "status", now)
        if others or retry:
            self._close(trip, attempt)
        else:
            self._take(trip, attempt, now)
        if retry:
            return self._retry(trip, peers[0], now)
        return Step.STAY if others else Step.TAKE

    def _take(self, trip: Trip, attempt: Attempt, now: float) -> None:
        trip.taken = attempt
        if attempt is trip.hedge:
            self._parents[attempt.parent].hedges_won += 1
        for other in [other for other in trip.under_way if other is not attempt]:
            self._close(trip, other)
            if attempt is trip.hedge:
                self._blame(other, "slow", now)
            else:
                self._abandon(other)

    def _close(self, trip: Trip, attempt: Attempt) -> None:
        trip.under_way.remove(attempt)
        self._parents[attempt.parent].in_flight -= 1

    def _abandon(self, attempt: Attempt) -> None:
        """It says nothing of its parent; if it was to, another may."""
        if attempt.probe:
            self._parents[attempt.parent].breaker.abandoned()

    def _blame(self, attempt: Attempt, failure: Failure | str, now: float) -> None:
        parent = self._parents[attempt.parent]
        parent.count(failure)
        if parent.breaker.failed(now, probe=attempt.probe) and not attempt.probe:
            self._eject(parent, hard=failure != "status")

    def _eject(self, parent: Parent, *, hard: bool) -> None:
        """Its breaker has opened; close it if too many are open.

        ``hard`` failures are its own; a status may have come from where all of the group ask.
        """
        members = self._groups[parent.group][1]
        fallback = parent.group + 1 < len(self._groups)
        allowed = int(len(members) * self._settings.ejected_share_max)
        if hard and fallback:
            allowed = len(members)
        elif len(members) > 1:
            allowed = max(1, allowed)
        if sum(not self._parents[index].well for index in members) > allowed:
            parent.breaker.reset()
        else:
            parent.ejections += 1

    def _is_slow(self, parent: Parent, waited_s: float) -> bool:
        if waited_s <= self._settings.slow_s:
            return False
        others = [
            other.p95_s
            for index in self._groups[parent.group][1]
            if (other := self._parents[index]) is not parent
        ]
        known = [p95_s for p95_s in others if p95_s is not None]
        limit_s = self._settings.slow_factor * max(known, default=float("inf"))
        return waited_s > limit_s

    def _peer(self, trip: Trip) -> int | None:
        """The next parent that would do as well: a fallback is for failures only."""
        once = len(trip.under_way) == 1 and trip.hedge is None and trip.taken is None
        if not once or trip.method != "GET" or trip.held:
            return None
        group = self._parents[trip.under_way[0].parent].group
        for index in trip.route:
            if self._parents[index].well and self._parents[index].group == group:
                return index
        return None

    def _may_hedge(self, first: Attempt, *, late: bool) -> bool:
        """A probe may fail as before; a parent found sick since, or very late, is one to retry."""
        parent = self._parents[first.parent]
        if late or not (first.probe or parent.well):
            return self._retries.spend()
        return first.probe or (parent.p95_s is not None and self._hedges.spend())
