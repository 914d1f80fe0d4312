import pytest

from manycast.hls.reload import (
    Hold,
    Now,
    Position,
    Reject,
    Reload,
    decide,
    decide_part,
    hold_s_max,
    parse_reload,
)
from manycast.hls.rules import Rules


RULES = Rules()
EDGE = Position(msn=10, parts=2, parts_before=6, next_part=100)


def kind(position: Position | None, msn: int | None, part: int | None = None) -> type:
    return type(decide(position, Reload(msn, part), RULES))


@pytest.mark.parametrize(
    ("query", "reload"),
    [
        ("", Reload()),
        ("_HLS_msn=7", Reload(7)),
        ("_HLS_msn=7&_HLS_part=0", Reload(7, 0)),
        ("_HLS_msn=7&_HLS_part=2&_HLS_skip=YES", Reload(7, 2, skip=True)),
        ("_HLS_skip=v2&token=x", Reload(skip=True)),
        ("_HLS_skip=NO", Reload()),
    ],
)
def test_directives_are_read(query: str, reload: Reload) -> None:
    assert parse_reload(query) == reload


@pytest.mark.parametrize(
    "query",
    ["_HLS_part=1", "_HLS_msn=", "_HLS_msn=-1", "_HLS_msn=1&_HLS_msn=2", "_HLS_msn=1&_HLS_part=x",
     "_HLS_msn=" + 20 * "9", "_HLS_msn=%D9%A1"],
)  # fmt: skip
def test_directives_that_make_no_sense_are_rejected(query: str) -> None:
    assert isinstance(parse_reload(query), Reject)


@pytest.mark.parametrize(
    ("msn", "part"), [(None, None), (9, None), (9, 5), (3, 99), (10, 0), (10, 1), (0, None)]
)
def test_what_is_listed_is_answered_now(msn: int | None, part: int | None) -> None:
    assert kind(EDGE, msn, part) is Now


@pytest.mark.parametrize(("msn", "part"), [(10, None), (10, 2), (11, 0), (11, None), (10, 10)])
def test_what_comes_soon_is_held(msn: int, part: int | None) -> None:
    assert kind(EDGE, msn, part) is Hold


@pytest.mark.parametrize(("msn", "part"), [(12, None), (12, 0), (10, 11), (11, 10), (10**18, 0)])
def test_what_is_too_far_ahead_is_rejected(msn: int, part: int | None) -> None:
    assert kind(EDGE, msn, part) is Reject


def test_a_part_beyond_a_finished_segment_means_the_first_of_the_next() -> None:
    just_closed = Position(msn=10, parts=0, parts_before=4, next_part=100)
    assert kind(just_closed, 9, 3) is Now
    assert kind(just_closed, 9, 4) is Hold
    assert kind(Position(10, 1, 4, 101), 9, 5) is Now


def test_everything_waits_for_the_first_complete_segment() -> None:
    starting = Position(msn=1, parts=3, parts_before=0, next_part=4)
    assert kind(None, None) is Hold
    assert kind(starting, None) is Hold
    assert kind(starting, 1, 0) is Hold


def test_an_ended_playlist_answers_everything() -> None:
    assert kind(Position(10, 0, 6, 100, ended=True), 500, 3) is Now


def test_only_the_hinted_part_may_be_asked_for_early() -> None:
    assert isinstance(decide_part(EDGE, 99), Now)
    assert isinstance(decide_part(EDGE, 100), Hold)
    assert decide_part(EDGE, 101) == Reject("this part is neither listed nor hinted", missing=True)
    assert isinstance(decide_part(Position(10, 0, 6, 100, ended=True), 100), Reject)
    assert isinstance(decide_part(None, 1), Reject)


def test_the_origin_gives_up_before_the_player_does() -> None:
    assert hold_s_max(Rules()) == pytest.approx(1.2)
    assert hold_s_max(Rules(part_target_ms=1000)) == pytest.approx(2.25)


def test_a_whole_segment_is_given_the_time_that_it_takes() -> None:
    rules = Rules()
    assert hold_s_max(rules, whole=True) > rules.target_duration_ms / 1000
