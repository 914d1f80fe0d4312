from hypothesis import given, strategies as st

from manycast.std.breaker import Breaker, BreakerLimits, State


LIMITS = BreakerLimits(
    consecutive=3, ratio=0.5, volume=10, window_s=10, open_s=1, open_s_max=8, probe_s=5
)


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker(LIMITS)
    assert [breaker.failed(now) for _ in range(3)] == [False, False, True]
    return breaker


def test_failures_in_a_row_open_it() -> None:
    breaker = Breaker(LIMITS)
    breaker.failed(0)
    breaker.failed(0)
    breaker.succeeded(0)
    breaker.failed(0)
    breaker.failed(0)
    assert breaker.state(0) is State.CLOSED
    breaker.failed(0)
    assert breaker.state(0) is State.OPEN


def test_a_share_of_failures_opens_it_once_there_are_enough_results() -> None:
    breaker = Breaker(LIMITS)
    for _ in range(4):
        breaker.succeeded(0)
        assert not breaker.failed(0)
    breaker.succeeded(0)
    assert breaker.failed(0)


def test_old_results_do_not_count() -> None:
    breaker = Breaker(LIMITS)
    for now in range(0, 400, 40):  # each alone in its window
        breaker.succeeded(now)
        assert not breaker.failed(now)


def test_an_open_one_lets_one_probe_through_after_its_wait() -> None:
    breaker = opened()
    assert breaker.admit(0.9) is State.OPEN
    assert breaker.admit(1) is State.HALF_OPEN
    assert breaker.admit(1) is State.OPEN
    breaker.succeeded(1.1, probe=True)
    assert breaker.admit(1.1) is State.CLOSED


def test_waits_for_probes_grow_and_start_again_after_a_recovery() -> None:
    breaker, now, waits = opened(), 0.0, []
    for _ in range(6):
        assert breaker.probe_at is not None
        waits.append(breaker.probe_at - now)
        now = breaker.probe_at
        assert breaker.admit(now) is State.HALF_OPEN
        breaker.failed(now, probe=True)
    assert waits == [1, 2, 4, 8, 8, 8]
    now = breaker.probe_at
    breaker.admit(now)
    breaker.succeeded(now, probe=True)
    for _ in range(3):
        breaker.failed(now)
    assert breaker.probe_at == now + 1


def test_what_was_sent_before_it_opened_changes_nothing() -> None:
    breaker = opened()
    breaker.succeeded(0.5)
    assert not breaker.failed(0.6)
    assert breaker.probe_at == 1
    assert breaker.admit(1) is State.HALF_OPEN
    breaker.succeeded(1.1)
    assert breaker.state(1.1) is State.HALF_OPEN


def test_a_probe_that_is_given_up_or_lost_makes_room_for_the_next() -> None:
    breaker = opened()
    breaker.admit(1)
    breaker.abandoned()
    assert breaker.admit(1) is State.HALF_OPEN
    assert breaker.admit(5.9) is State.OPEN
    assert breaker.admit(6) is State.HALF_OPEN


def test_it_can_be_opened_at_once_and_closed_by_who_knows_better() -> None:
    breaker = Breaker(LIMITS)
    breaker.trip(0)
    breaker.trip(0.5)
    assert (breaker.state(0), breaker.probe_at) == (State.OPEN, 1)
    breaker.reset()
    assert breaker.admit(0) is State.CLOSED


EVENTS = st.lists(
    st.tuples(st.sampled_from(["ask", "good", "bad", "lost"]), st.floats(0, 3)), max_size=200
)


@given(EVENTS)
def test_it_never_stays_shut_and_never_sends_two_probes(
    events: list[tuple[str, float]],
) -> None:
    breaker, now, probe = Breaker(LIMITS), 0.0, None
    for event, passed in events:
        now += passed
        match event:
            case "ask":
                before = breaker.probe_at
                admitted = breaker.admit(now)
                assert (admitted is State.CLOSED) == (before is None)
                if admitted is State.HALF_OPEN:
                    assert probe is None or now - probe >= LIMITS.probe_s
                    probe = now
            case "good":
                breaker.succeeded(now, probe=probe is not None)
                probe = None
            case "bad":
                breaker.failed(now, probe=probe is not None)
                probe = None
            case _:
                breaker.abandoned()
                probe = None
        at = breaker.probe_at
        assert at is None or at <= now + LIMITS.open_s_max
    assert breaker.admit(now + LIMITS.open_s_max + LIMITS.probe_s) is not State.OPEN
