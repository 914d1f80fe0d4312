"""Laws of the engine, and the promises that viewers and parents are given."""

import pytest
from tests.edge.world import FRESH, SMALL, World

from manycast.edge.commands import Abort, Inform, Piece
from manycast.edge.engine import Engine, Trouble


PROFILE = b"identity"


def test_a_stored_object_is_a_hit_until_its_lifetime_is_over() -> None:
    world = World()
    first = world.ask("/a")
    world.serve(world.only, b"body", FRESH)
    assert b"fwd=uri-miss; stored" in world.replies[first][0]
    world.now = 9.9
    hit = world.ask("/a")
    assert b"cache-status: manycast; hit; ttl=1\r\nage: 9\r\n" in world.replies[hit][0]
    assert world.replies[hit][1] == b"body"
    world.now = 10
    world.ask("/a")
    assert len(world.fetches) == 1


def test_the_age_of_caches_before_us_shortens_the_lifetime() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"body", FRESH, (b"age", b"8"))
    world.now = 2
    world.ask("/a")
    assert len(world.fetches) == 1


def test_the_fast_path_answers_only_what_the_engine_answered_and_only_while_fresh() -> None:
    world = World()
    assert world.engine.hit(b"/a?x", PROFILE, 0) is None
    world.ask("/a?x")
    world.serve(world.only, b"body", FRESH)
    hit = world.engine.hit(b"/a?x", PROFILE, 9)
    assert hit is not None
    assert b"".join(hit).endswith(b"age: 9\r\ncontent-length: 4\r\n\r\nbody")
    assert world.engine.hit(b"/a", PROFILE, 9) is None
    assert world.engine.hit(b"/a?x", PROFILE, 10) is None


@pytest.mark.parametrize(
    "target", ["/live/s/r/index.m3u8?_HLS_msn=1&_HLS_part=2", "/live/s/r/p9.m4s", "/any/thing?x=1"]
)
def test_requests_for_one_object_are_joined_into_one_fetch(target: str) -> None:
    world = World()
    viewers = [world.ask(target) for _ in range(4)]
    world.serve(world.only, b"body", (b"cache-control", b"max-age=12"))
    assert [world.replies[v][1] for v in viewers] == [b"body"] * 4
    assert world.engine.counters.fetches == 1
    assert world.engine.counters.joins == 3


def test_waits_that_the_origin_may_hold_last_longer_than_others() -> None:
    world = World()
    world.ask("/live/s/r/index.m3u8?_HLS_msn=1")
    world.ask("/live/s/r/index.m3u8")
    assert [fetch.wait_s for fetch in world.fetches.values()] == [SMALL.held_s, SMALL.answer_s]


def test_a_503_reaches_every_joiner_and_is_forgotten() -> None:
    world = World()
    viewers = [world.ask("/live/s/r/index.m3u8?_HLS_msn=9") for _ in range(3)]
    world.serve(
        world.only, b"", (b"retry-after", b"1"), (b"cache-control", b"no-store"), status=503
    )
    assert all(world.replies[v][0].startswith(b"HTTP/1.1 503 ") for v in viewers)
    assert all(b"retry-after: 1\r\n" in world.replies[v][0] for v in viewers)
    world.ask("/live/s/r/index.m3u8?_HLS_msn=9")
    assert len(world.fetches) == 1


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Trouble.UNREACHABLE, 502),
        (Trouble.BROKEN, 502),
        (Trouble.BUSY, 503),
        (Trouble.TIMEOUT, 504),
    ],
)
def test_a_failed_fetch_is_an_error_for_every_joiner(trouble: Trouble, status: int) -> None:
    world = World()
    viewers = [world.ask("/a"), world.ask("/a")]
    world.fail(world.only, trouble)
    assert world.said == dict.fromkeys(viewers, status)


def test_a_body_cut_before_it_was_sent_is_an_error_and_is_not_kept() -> None:
    world = World()
    viewer = world.ask("/a")
    number = world.only
    world.answer(number, FRESH, length=90)
    world.perform(world.engine.data(number, b"half", 0))
    world.fail(number)
    assert world.said == {viewer: 502}
    assert len(world.engine.store) == 0


def test_a_body_cut_before_it_was_sent_may_be_fetched_anew_for_all_who_wait() -> None:
    world = World()
    first = world.ask("/a")
    number = world.only
    world.answer(number, FRESH, length=90)
    world.perform(world.engine.data(number, b"half", 0))
    second = world.ask("/a")
    assert world.engine.begin_again(number)
    world.serve(number, b"whole", FRESH)
    assert [world.replies[viewer][1] for viewer in (first, second)] == [b"whole"] * 2
    world.ask("/b")
    number = world.only
    world.answer(number, FRESH, length=500)
    world.perform(world.engine.data(number, bytes(200), 0))
    assert not world.engine.begin_again(number)


def test_what_another_worker_owns_is_asked_of_it_and_kept_there() -> None:
    world = World(Engine(SMALL, b"me", owner=lambda key: None if key == b"/mine" else 3))
    for target, peer, kept in (("/mine", None, 1), ("/theirs", 3, 1), ("/live/s/r/p1.m4s", 3, 2)):
        first, second = world.ask(target), world.ask(target)
        fetch = world.fetches[world.only]
        assert fetch.peer == peer
        world.serve(fetch.number, b"body", FRESH)
        assert world.replies[first][1] == world.replies[second][1] == b"body"
        assert len(world.engine.store) == kept


def test_a_body_cut_while_it_was_sent_cuts_the_viewers() -> None:
    world = World()
    viewers = (world.ask("/a"), world.ask("/a"))
    number = world.only
    world.answer(number, FRESH, length=500)
    world.perform(world.engine.data(number, bytes(200), 0))
    world.fail(number)
    assert world.others == [Abort(viewers)]
    assert len(world.engine.store) == 0


def test_a_reply_that_takes_time_is_streamed_to_early_and_late_joiners_alike() -> None:
    world = World()
    early = world.ask("/a")
    number = world.only
    world.answer(number, FRESH, length=6)
    world.perform(world.engine.data(number, b"abc", 0))
    assert world.engine.next_deadline() == SMALL.whole_s
    world.now = SMALL.whole_s
    world.perform(world.engine.tick(world.now))
    late = world.ask("/a")
    assert world.bodies == {early: b"abc", late: b"abc"}
    world.perform(world.engine.data(number, b"def", world.now))
    world.end(number)
    assert world.bodies == {early: b"abcdef", late: b"abcdef"}
    assert world.replies[world.ask("/a")][1] == b"abcdef"


def test_an_object_too_large_to_keep_passes_through_at_the_viewers_pace() -> None:
    world = World()
    viewer = world.ask("/a")
    number = world.only
    world.answer(number, FRESH)
    for _ in range(4):
        world.perform(world.engine.data(number, bytes(200), 0))
    (piece,) = world.engine.data(number, b"x", 0)
    assert piece == Piece((viewer,), (b"x",), number)
    world.ask("/a")
    assert len(world.fetches) == 2
    world.end(number)
    assert len(world.engine.store) == 0


def test_who_joins_gets_the_live_edge_that_a_blocking_reload_has_told() -> None:
    world = World()
    path = "/live/s/r/index.m3u8"
    world.ask(path)
    world.serve(world.only, b"old", FRESH)
    world.ask(f"{path}?_HLS_msn=1&_HLS_part=2")
    world.now = 0.3
    assert world.engine.hit(path.encode(), PROFILE, world.now)
    world.serve(world.only, b"told", FRESH)
    assert world.engine.hit(path.encode(), PROFILE, world.now) is None
    viewer = world.ask(path)
    world.serve(world.only, b"newer", FRESH)
    assert world.replies[viewer][1] == b"newer"
    assert world.engine.hit(path.encode(), PROFILE, world.now)


@pytest.mark.parametrize(
    ("reload", "status", "fields"),
    [
        ("/live/s/r/index.m3u8?_HLS_msn=9", 404, (FRESH,)),
        ("/live/s/r/index.m3u8?_HLS_msn=1", 200, (FRESH, (b"age", b"2"))),
        ("/live/s/q/index.m3u8?_HLS_msn=1", 200, (FRESH,)),
    ],
    ids=["refused", "older", "other rendition"],
)
def test_a_reload_that_tells_nothing_newer_leaves_the_stored_playlist(
    reload: str, status: int, fields: tuple[tuple[bytes, bytes], ...]
) -> None:
    world = World()
    world.ask("/live/s/r/index.m3u8")
    world.serve(world.only, b"known", FRESH)
    world.now = 1
    world.ask(reload)
    world.serve(world.only, b"reply", *fields, status=status)
    assert world.engine.hit(b"/live/s/r/index.m3u8", PROFILE, world.now)


def test_a_fetch_that_nobody_waits_for_any_more_is_cancelled() -> None:
    world = World()
    first, second = world.ask("/a"), world.ask("/a")
    world.leave(first)
    assert world.fetches
    world.leave(second)
    assert not world.fetches


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        ("/a", "TRACE", 405),
        ("/a", "CONNECT", 405),
        ("/live/s/index.m3u8", "POST", 405),
        ("/live/s/index.m3u8", "OPTIONS", 204),
        ("*", "OPTIONS", 204),
    ],
)
def test_what_no_parent_shall_see_is_answered_here(target: str, method: str, status: int) -> None:
    world = World()
    assert world.said[world.ask(target, method)] == status
    assert not world.fetches


def test_a_request_that_comes_round_is_ended() -> None:
    world = World()
    assert world.said[world.ask("/a", "GET", (b"cdn-loop", b"me"))] == 508


def test_interim_replies_go_to_those_who_wait_and_leave_the_final_one_to_come() -> None:
    world = World()
    viewer = world.ask("/a")
    early = ((b"link", b"</s.css>"), (b"connection", b"x"))
    assert world.engine.interim(world.only, 103, early) == [
        Inform((viewer,), 103, [(b"link", b"</s.css>")])
    ]
    assert world.engine.interim(world.only, 100, ()) == []
    world.serve(world.only, b"body", FRESH)
    assert world.replies[viewer][1] == b"body"
