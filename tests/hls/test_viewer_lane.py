from math import inf

from manycast.hls.viewer_lane import Get, Lane
from manycast.settings.load import RetrySettings


RULES = RetrySettings(errors_max=5, timeouts_max=2, timeout_s=10.0, delay_s=1.0, delay_max_s=8.0)


def test_waits_double_up_to_their_limit_and_then_there_is_none() -> None:
    lane = Lane(0)
    assert [lane.error_delay_s(RULES) for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 8.0, None]


def test_time_outs_are_counted_on_their_own() -> None:
    lane = Lane(0)
    lane.error_delay_s(RULES)
    assert [lane.timeout_allowed(RULES) for _ in range(3)] == [True, True, False]


def test_success_forgets_the_failures() -> None:
    lane = Lane(0)
    lane.error_delay_s(RULES)
    lane.timeout_allowed(RULES)
    lane.succeed()
    assert lane.error_delay_s(RULES) == 1.0
    assert lane.timeout_allowed(RULES)


def test_a_lane_is_busy_or_waits_or_rests() -> None:
    lane = Lane(1)
    assert lane.get("u", 5.0) == Get(1, "u")
    assert (lane.busy, lane.waits, lane.due_s) == (True, False, 5.0)
    lane.rest()
    assert (lane.busy, lane.waits, lane.due_s) == (False, False, inf)
    lane.wait("v", 7.0)
    assert (lane.busy, lane.waits, lane.due_s) == (False, True, 7.0)
