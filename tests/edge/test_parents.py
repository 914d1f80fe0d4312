"""Laws of the choice among parents, and what each failure leads to."""

from collections import Counter
from dataclasses import replace

from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from manycast.edge.parent import ParentNumbers
from manycast.edge.parents import Again, Attempt, Parents, Step, Trip
from manycast.model.failures import Failure
from manycast.settings.parents import ParentsSettings


SETTINGS = replace(
    ParentsSettings(),
    away_s=4,
    retry_ratio=0.2,
    retry_burst=10,
    hedge_ratio=0.1,
    hedge_burst=3,
    hedge_samples=5,
    eject_failures=3,
    ejected_s=1,
    ejected_s_max=8,
)
NAMES = [b"a", b"b", b"c"]


def three(**changes: float) -> Parents:
    return Parents([NAMES], replace(SETTINGS, **changes))  # type: ignore[arg-type]


def go(parents: Parents, key: bytes, now: float = 0.0, method: str = "GET") -> Trip:
    return parents.depart(key, method, now)


def first(trip: Trip) -> Attempt:
    return trip.under_way[0]


def serve(parents: Parents, key: bytes, now: float = 0.0, takes_s: float = 0.0) -> int:
    """One request that goes well; which parent it went to."""
    trip = go(parents, key, now)
    attempt = first(trip)
    assert parents.answered(trip, attempt, 200, now + takes_s) is Step.TAKE
    parents.ended(trip, attempt, now + takes_s)
    return attempt.parent


def key_of(parents: Parents, parent: int) -> bytes:
    """One that goes to this parent while all are well."""
    for number in range(1_000):
        trip = go(parents, b"%d" % number)
        home = first(trip).parent
        parents.given_up(trip)
        if home == parent:
            return b"%d" % number
    raise AssertionError


def numbers(parents: Parents, parent: int, now: float = 0.0) -> ParentNumbers:
    return parents.numbers(now)[parent]


def test_keys_are_shared_and_only_those_of_a_parent_that_leaves_move() -> None:
    parents = three()
    before = {b"%d" % n: serve(parents, b"%d" % n) for n in range(300)}
    assert min(Counter(before.values()).values()) > 60
    parents.unreachable(1, 0)
    after = {key: serve(parents, key) for key in before}
    assert all(after[key] == home for key, home in before.items() if home != 1)
    assert {after[key] for key, home in before.items() if home == 1} == {0, 2}


def test_a_parent_that_cannot_be_reached_is_left_at_once_and_found_again_by_one_probe() -> None:
    parents = three()
    key = key_of(parents, 0)
    trip = go(parents, key)
    parents.unreachable(0, 0)
    second = parents.failed(trip, first(trip), Failure.UNREACHABLE, 0)
    assert isinstance(second, Attempt)
    assert second.parent != 0
    assert serve(parents, key, 0.9) != 0
    probe = go(parents, key, 1.0)
    assert first(probe).parent == 0
    assert first(probe).probe
    assert serve(parents, key, 1.0) != 0
    parents.answered(probe, first(probe), 200, 1.1)
    parents.ended(probe, first(probe), 1.1)
    assert serve(parents, key, 1.1) == 0


def test_a_probe_that_fails_doubles_the_wait_and_its_request_goes_to_the_next() -> None:
    parents = three()
    key = key_of(parents, 0)
    parents.unreachable(0, 0)
    for at, wait in ((1.0, 2.0), (3.0, 4.0), (7.0, 8.0), (15.0, 8.0)):
        trip = go(parents, key, at)
        assert first(trip).probe
        assert isinstance(parents.failed(trip, first(trip), Failure.UNREACHABLE, at), Attempt)
        assert serve(parents, key, at + wait - 0.1) != 0


def test_a_late_probe_has_another_parent_asked_beside_it_whatever_the_budget() -> None:
    parents = three(hedge_burst=0)
    key = key_of(parents, 0)
    parents.unreachable(0, 0)
    trip = go(parents, key, 1.0)
    probe = first(trip)
    assert parents.hedge_at(trip) == 1.0 + SETTINGS.hedge_s_min
    other = parents.hedge(trip, 1.05)
    assert other is not None
    assert parents.answered(trip, other, 200, 1.06) is Step.TAKE
    assert probe.parent != other.parent
    assert serve(parents, key, 1.1) != 0


def test_failures_in_a_row_eject_and_one_of_two_at_most() -> None:
    parents = Parents([[b"a", b"b"]], SETTINGS)
    for _ in range(30):
        trip = go(parents, b"k")
        step: object = first(trip)
        while isinstance(step, Attempt):
            step = parents.failed(trip, step, Failure.BROKEN, 0)
        assert step is Step.GIVE_UP
    states = [parent.state for parent in parents.numbers(0)]
    assert sorted(states) == ["closed", "open"]


def test_one_parent_alone_is_never_ejected() -> None:
    parents = Parents([[b"a"]], SETTINGS)
    for _ in range(30):
        trip = go(parents, b"k")
        assert parents.failed(trip, first(trip), Failure.TIMEOUT, 0) is Step.GIVE_UP
    parents.unreachable(0, 0)
    assert first(go(parents, b"k")).parent == 0
    assert numbers(parents, 0).state == "closed"


def test_when_all_are_away_a_fetch_looks_again_for_a_while() -> None:
    parents = three()
    trip = go(parents, b"k")
    step: Step | Attempt | Again = first(trip)
    now = 0.0
    for _ in range(1_000):
        if isinstance(step, Attempt):
            parents.unreachable(step.parent, now)
            step = parents.failed(trip, step, Failure.UNREACHABLE, now)
        elif isinstance(step, Again):
            now += step.after_s
            step = parents.restart(trip, now)
    assert step is Step.GIVE_UP
    assert parents.away
    assert SETTINGS.away_s <= now < SETTINGS.away_s + 1
    parents.reached()
    assert not parents.away


def test_a_fallback_is_used_when_all_before_it_are_out_of_reach() -> None:
    parents = Parents([[b"r1", b"r2"], [b"origin"]], SETTINGS)
    assert {serve(parents, b"%d" % n) for n in range(50)} == {0, 1}
    parents.unreachable(0, 0)
    assert {serve(parents, b"%d" % n) for n in range(50)} == {1}
    parents.unreachable(1, 0)
    assert {serve(parents, b"%d" % n) for n in range(50)} == {2}
    assert serve(parents, b"1", 1.0) != 2


def test_a_5xx_goes_to_no_fallback_and_empties_no_group() -> None:
    parents = Parents([[b"r1", b"r2"], [b"origin"]], replace(SETTINGS, retry_burst=1_000))
    for _ in range(20):
        trip = go(parents, b"k")
        step: object = first(trip)
        while isinstance(step, Attempt):
            assert step.parent != 2
            taken = step
            step = parents.answered(trip, step, 502, 0)
        assert step is Step.TAKE
        parents.ended(trip, taken, 0)
    assert [parent.state for parent in parents.numbers(0)].count("open") == 1


def test_a_sick_parents_5xx_is_replaced_by_the_next_ones_reply() -> None:
    parents = three()
    trip = go(parents, b"k")
    second = parents.answered(trip, first(trip), 503, 0)
    assert isinstance(second, Attempt)
    assert parents.answered(trip, second, 200, 0) is Step.TAKE
    parents.ended(trip, second, 0)
    assert [parent.in_flight for parent in parents.numbers(0)] == [0, 0, 0]


def test_an_error_of_the_applications_is_its_answer() -> None:
    parents = three()
    trip = go(parents, b"k")
    assert parents.answered(trip, first(trip), 500, 0) is Step.TAKE


def test_what_may_have_been_done_is_not_done_again() -> None:
    parents = three()
    trip = go(parents, b"k", method="POST")
    assert parents.failed(trip, first(trip), Failure.BROKEN, 0) is Step.GIVE_UP
    trip = go(parents, b"k", method="POST")
    assert isinstance(parents.failed(trip, first(trip), Failure.UNREACHABLE, 0), Attempt)
    trip = go(parents, b"k", method="POST")
    assert parents.answered(trip, first(trip), 503, 0) is Step.TAKE


def test_a_reply_that_breaks_off_after_its_head_is_not_fetched_again() -> None:
    parents = three()
    trip = go(parents, b"k")
    parents.answered(trip, first(trip), 200, 0)
    assert parents.failed(trip, first(trip), Failure.BROKEN, 0) is Step.GIVE_UP


def test_cut_bodies_eject_a_parent_that_answers_every_head() -> None:
    parents = three()
    for _ in range(SETTINGS.eject_failures):
        trip = go(parents, b"k")
        home = first(trip).parent
        parents.answered(trip, first(trip), 200, 0)
        parents.failed(trip, first(trip), Failure.BROKEN, 0)
    assert numbers(parents, home).state == "open"


def test_a_held_request_is_never_hedged_and_its_503_blames_nobody() -> None:
    parents = three()
    for _ in range(20):
        trip = parents.depart(b"k", "GET", 0, held=True)
        assert parents.hedge_at(trip) is None
        assert parents.hedge(trip, 100) is None
        assert parents.answered(trip, first(trip), 503, 18) is Step.TAKE
        parents.ended(trip, first(trip), 18)
    assert {parent.state for parent in parents.numbers(0)} == {"closed"}
    assert sum(sum(parent.answer_counts) for parent in parents.numbers(0)) == 0


def test_a_slow_parent_has_the_next_asked_after_its_p95() -> None:
    parents = three()
    key = key_of(parents, 0)
    for _ in range(50):
        serve(parents, key, takes_s=0.1)
    trip = go(parents, key)
    slow = first(trip)
    assert parents.hedge_at(trip) == 0.1
    hedge = parents.hedge(trip, 0.1)
    assert hedge is not None
    assert hedge.parent != slow.parent
    assert parents.hedge_at(trip) is None
    assert parents.answered(trip, hedge, 200, 0.2) is Step.TAKE
    assert numbers(parents, hedge.parent).hedges_won == 1
    assert numbers(parents, slow.parent).failures == {"slow": 1}
    assert numbers(parents, slow.parent).in_flight == 0


def test_of_two_attempts_the_one_left_is_waited_for() -> None:
    parents = three()
    key = key_of(parents, 0)
    for _ in range(50):
        serve(parents, key)
    trip = go(parents, key)
    hedge = parents.hedge(trip, 0.1)
    assert hedge is not None
    assert parents.failed(trip, first(trip), Failure.BROKEN, 0.2) is Step.STAY
    assert parents.answered(trip, hedge, 200, 0.3) is Step.TAKE


def test_without_a_hedge_left_a_long_wait_is_a_retry() -> None:
    parents = three(hedge_burst=0, hedge_ratio=0)
    key = key_of(parents, 0)
    for _ in range(50):
        serve(parents, key)
    trip = go(parents, key)
    times = []
    while (at := parents.hedge_at(trip)) != SETTINGS.try_s:
        assert at is not None
        times.append(at)
        assert parents.hedge(trip, at) is None
    assert times == [SETTINGS.hedge_s_min * 2**n for n in range(len(times))]
    assert parents.hedge(trip, SETTINGS.try_s) is not None


def test_a_very_late_request_is_asked_about_once() -> None:
    parents = three(retry_burst=0)
    trip = go(parents, b"k")
    assert parents.hedge(trip, SETTINGS.try_s) is None
    assert parents.hedge_at(trip) is None


def test_who_waits_for_a_parent_that_turns_out_sick_may_ask_another_at_once() -> None:
    parents = three(hedge_burst=0, hedge_ratio=0)
    trip = go(parents, b"k")
    assert parents.hedge(trip, 0.05) is None
    parents.unreachable(first(trip).parent, 0.06)
    at = parents.hedge_at(trip)
    assert at == 0.1
    assert parents.hedge(trip, at) is not None


def test_a_parent_much_slower_than_the_others_is_avoided() -> None:
    parents = three()
    key = key_of(parents, 0)
    for other in (1, 2):
        for _ in range(20):
            serve(parents, key_of(parents, other), takes_s=0.01)
    served = [serve(parents, key, takes_s=2.0) for _ in range(SETTINGS.eject_failures + 1)]
    assert served[:-1] == [0] * SETTINGS.eject_failures
    assert served[-1] != 0


def test_parents_that_are_all_slow_are_all_used() -> None:
    parents = three()
    for number in range(200):
        serve(parents, b"%d" % number, takes_s=2.0)
    assert {parent.state for parent in parents.numbers(0)} == {"closed"}


def test_asking_for_health_ejects_and_brings_back() -> None:
    parents = three()
    key = key_of(parents, 0)
    parents.examined(0, 0, well=False)
    assert serve(parents, key) != 0
    parents.examined(0, 0.1, well=True)
    assert serve(parents, key, 0.1) == 0


def test_a_held_request_has_its_sick_parent_examined_and_is_not_risked() -> None:
    parents = three()
    key = key_of(parents, 0)
    parents.unreachable(0, 0)
    assert parents.due(parents.depart(key, "GET", 0.5, held=True), 0.5) is None
    trip = parents.depart(key, "GET", 1.0, held=True)
    assert first(trip).parent != 0
    assert parents.due(trip, 1.0) == 0
    assert parents.due(trip, 1.0) is None
    parents.examined(0, 1.1, well=False)
    assert parents.due(trip, 3.0) is None
    assert parents.due(trip, 3.1) == 0
    parents.examined(0, 3.2, well=True)
    assert serve(parents, key, 3.2) == 0


def test_a_parent_with_too_many_waiting_is_passed_by_and_not_blamed() -> None:
    parents = three()
    for _ in range(20):
        trip = go(parents, b"k")
        home = first(trip).parent
        second = parents.failed(trip, first(trip), Failure.BUSY, 0)
        assert isinstance(second, Attempt)
        parents.given_up(trip)
    assert numbers(parents, home).state == "closed"


class AnyCourse(RuleBasedStateMachine):
    """Requests in any number, parents that do anything, in any order and at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.parents = Parents([NAMES, [b"origin"]], SETTINGS)
        self.now = 0.0
        self.trips: list[Trip] = []
        self.waiting: list[tuple[Trip, float]] = []
        self.departed = self.hedged = self.settled = self.sent_again = 0

    @rule(key=st.sampled_from([b"1", b"2", b"3", b"4"]), method=st.sampled_from(["GET", "POST"]),
          held=st.booleans())  # fmt: skip
    def request(self, key: bytes, method: str, held: bool) -> None:
        well = [
            n for n, parent in enumerate(self.parents.numbers(self.now)) if parent.state == "closed"
        ]
        trip = self.parents.depart(key, method, self.now, held=held)
        assert first(trip).parent in well or first(trip).probe or not well
        self.departed += 1
        self.trips.append(trip)

    @precondition(lambda self: self.trips)
    @rule(data=st.data(), status=st.sampled_from([200, 404, 500, 503]), whole=st.booleans())
    def answer(self, data: st.DataObject, status: int, whole: bool) -> None:
        trip, attempt = self.some(data)
        step = self.parents.answered(trip, attempt, status, self.now)
        if step is not Step.TAKE:
            self.went_on(trip, step, unsent=False)
            return
        if whole:
            self.parents.ended(trip, attempt, self.now)
        else:
            assert self.parents.failed(trip, attempt, Failure.BROKEN, self.now) is Step.GIVE_UP
        self.settle(trip)

    @precondition(lambda self: self.trips)
    @rule(data=st.data(), failure=st.sampled_from(Failure))
    def fail(self, data: st.DataObject, failure: Failure) -> None:
        trip, attempt = self.some(data)
        if failure is Failure.UNREACHABLE:
            self.parents.unreachable(attempt.parent, self.now)
        step = self.parents.failed(trip, attempt, failure, self.now)
        self.went_on(trip, step, unsent=failure.unsent)

    @precondition(lambda self: self.trips)
    @rule(data=st.data())
    def hedge(self, data: st.DataObject) -> None:
        trip, _ = self.some(data)
        at = self.parents.hedge_at(trip)
        if at is None:
            assert self.parents.hedge(trip, self.now) is None
            return
        self.now = max(self.now, at)
        probe = first(trip).probe
        made = self.parents.hedge(trip, self.now)
        assert trip.method == "GET"
        assert not trip.held
        self.hedged += made is not None and not probe

    @precondition(lambda self: self.trips)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        trip, _ = self.some(data)
        self.parents.given_up(trip)
        self.settle(trip)

    @rule(seconds=st.floats(0, 10))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        for trip, at in self.waiting:
            if at <= self.now:
                self.parents.restart(trip, self.now)
                self.trips.append(trip)
        self.waiting = [(trip, at) for trip, at in self.waiting if at > self.now]

    @rule()
    def reach(self) -> None:
        self.parents.reached()

    @invariant()
    def extra_requests_stay_within_their_budgets(self) -> None:
        assert self.hedged + self.sent_again <= (
            SETTINGS.retry_burst + SETTINGS.hedge_burst
            + (SETTINGS.retry_ratio + SETTINGS.hedge_ratio) * self.departed + 1e-6
        )  # fmt: skip

    @invariant()
    def every_request_is_under_way_waiting_or_settled(self) -> None:
        assert self.departed == len(self.trips) + len(self.waiting) + self.settled
        assert all(trip.under_way for trip in self.trips)
        in_flight = sum(parent.in_flight for parent in self.parents.numbers(self.now))
        assert in_flight == sum(len(trip.under_way) for trip in self.trips)

    @invariant()
    def the_last_resort_is_never_ejected_whole(self) -> None:
        states = [parent.state for parent in self.parents.numbers(self.now)]
        assert states[3] == "closed"

    def some(self, data: st.DataObject) -> tuple[Trip, Attempt]:
        trip = data.draw(st.sampled_from(self.trips))
        return trip, data.draw(st.sampled_from(trip.under_way))

    def went_on(self, trip: Trip, step: Step | Attempt | Again, *, unsent: bool) -> None:
        if isinstance(step, Attempt):
            self.sent_again += not unsent
            assert trip.method == "GET" or unsent
        elif isinstance(step, Again):
            self.trips.remove(trip)
            self.waiting.append((trip, self.now + step.after_s))
        elif step is Step.GIVE_UP:
            self.settle(trip)

    def settle(self, trip: Trip) -> None:
        assert not trip.under_way
        self.trips.remove(trip)
        self.settled += 1


TestAnyCourse = AnyCourse.TestCase
TestAnyCourse.settings = hypothesis_settings(max_examples=150, stateful_step_count=60)
