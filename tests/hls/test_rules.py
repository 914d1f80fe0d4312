import pytest

from manycast.hls.rules import Rules


def test_the_hold_backs_are_those_apple_requires() -> None:
    rules = Rules(part_target_ms=334, target_duration_s=2)
    assert rules.part_hold_back_ms == 1002
    assert rules.hold_back_ms == 6000
    assert rules.skip_until_ms == 12_000


@pytest.mark.parametrize(("part_target_ms", "limit"), [(334, 9), (200, 15), (500, 6), (1000, 3)])
def test_the_advance_part_limit_is_three_seconds_of_parts(part_target_ms: int, limit: int) -> None:
    assert Rules(part_target_ms=part_target_ms).advance_part_limit == limit


@pytest.mark.parametrize(
    "numbers",
    [
        {"part_target_ms": 0},
        {"part_target_ms": 2001},
        {"target_duration_s": 0},
        {"window_ms": 11_999},
    ],
)
def test_numbers_that_no_playlist_may_carry_are_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        Rules(**numbers)
