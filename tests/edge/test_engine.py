"""Laws of the engine, and the promises that viewers and parents are given."""

import pytest
from tests.edge.world import FRESH, SMALL, World

from manycast.edge.commands import Abort, Attach, FanOut, Inform, Piece
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


def test_joiners_are_bounded_and_the_next_is_told_so() -> None:
    world = World()
    viewers = [world.ask("/a") for _ in range(5)]
    assert world.said == {viewers[4]: 503}


def test_what_the_origin_holds_cannot_take_every_connection() -> None:
    world = World()
    viewers = [world.ask(f"/live/s/r/index.m3u8?_HLS_msn={n}") for n in range(SMALL.held_max + 1)]
    assert world.said == {viewers[-1]: 503}
    assert world.ask("/live/s/r/index.m3u8") not in world.said
    world.fail(min(world.fetches))
    assert world.ask("/live/s/r/index.m3u8?_HLS_msn=900") not in world.said


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


def test_what_may_not_be_shared_is_fetched_for_each_viewer_with_its_own_fields() -> None:
    world = World()
    viewers = [world.ask("/a", "GET", (b"accept-language", b"l%d" % n)) for n in range(2)]
    world.answer(world.only, (b"cache-control", b"private, max-age=10"))
    fields = [fetch.fields for fetch in world.fetches.values()]
    assert [b"accept-language: l%d" % n in each for n, each in enumerate(fields)] == [True, True]
    for number in list(world.fetches):
        world.serve(number, b"for %d" % number, (b"cache-control", b"private, max-age=10"))
    assert len({world.replies[v][1] for v in viewers}) == 2
    world.ask("/a")
    world.ask("/a")
    assert len(world.fetches) == 2


def test_the_leader_gets_what_only_it_may_have_and_is_not_asked_for_twice() -> None:
    world = World()
    viewer = world.ask("/a", "GET", (b"cookie", b"mine"))
    number = world.only
    assert b"cookie: mine\r\n" in world.fetches[number].fields
    world.serve(number, b"hello you", (b"cache-control", b"private"), (b"set-cookie", b"a=b"))
    assert world.replies[viewer][1] == b"hello you"
    assert b"set-cookie: a=b\r\n" in world.replies[viewer][0]
    assert world.engine.counters.fetches == 1
    assert len(world.engine.store) == 0


def test_a_reply_to_a_viewer_known_by_name_is_kept_from_others_unless_it_is_for_all() -> None:
    for control, again in ((b"max-age=10", 1), (b"max-age=10, public", 0)):
        world = World()
        world.ask("/a", "GET", (b"authorization", b"secret"))
        assert b"authorization: secret\r\n" in world.fetches[world.only].fields
        world.serve(world.only, b"mine", (b"cache-control", control))
        world.ask("/a")
        assert len(world.fetches) == again


def test_a_viewer_known_by_name_is_not_given_what_is_for_strangers() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"log in", FRESH)
    world.ask("/a", "GET", (b"authorization", b"secret"))
    assert len(world.fetches) == 1


def test_an_error_for_a_viewer_with_a_cookie_is_not_shown_to_others() -> None:
    world = World()
    leader = world.ask("/a", "GET", (b"cookie", b"x"))
    other = world.ask("/a")
    world.serve(world.only, b"trace", status=500)
    assert world.replies[leader][1] == b"trace"
    world.serve(world.only, b"fine", FRESH)
    assert world.replies[other][1] == b"fine"


def test_a_404_of_a_page_is_remembered_a_moment_but_not_of_media_that_may_come() -> None:
    world = World()
    for target, again in (("/nothing", 0), ("/live/s/index.m3u8", 0), ("/live/s/r/p1.m4s", 1)):
        world.ask(target)
        world.serve(world.only, b"no", status=404)
        world.ask(target)
        assert len(world.fetches) == again


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


def test_methods_that_change_something_pass_alone_with_their_body() -> None:
    world = World()
    viewers = [world.ask("/a", "POST", body=b"form") for _ in range(2)]
    assert [fetch.body for fetch in world.fetches.values()] == [b"form"] * 2
    for number in list(world.fetches):
        world.serve(number, b"done %d" % number, FRESH)
    assert len({world.replies[viewer] for viewer in viewers}) == 2
    assert b"fwd=method" in world.replies[viewers[0]][0]
    assert len(world.engine.store) == 0


def test_what_a_method_changed_is_not_served_any_more_nor_what_was_on_its_way() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"old", FRESH)
    world.ask("/b")
    slow = world.only
    world.answer(slow, FRESH, length=3)
    world.ask("/a", "PUT", (b"host", b"x"))
    change = max(world.fetches)
    world.serve(change, b"", (b"content-location", b"/b"), status=201)
    world.perform(world.engine.data(slow, b"old", 0))
    world.end(slow)
    world.ask("/a")
    world.ask("/b")
    assert len(world.fetches) == 2


def test_a_method_that_failed_changes_nothing() -> None:
    world = World()
    world.ask("/a")
    world.serve(world.only, b"old", FRESH)
    world.ask("/a", "DELETE")
    world.serve(world.only, b"no", status=403)
    assert world.replies[world.ask("/a")][1] == b"old"


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


def test_an_endless_stream_is_handed_to_a_fan_out_until_it_ends() -> None:
    world = World()
    first = world.ask("/live/s/r/frames.mp4")
    number = world.only
    world.answer(number, (b"manycast-stream", b"cmaf"), (b"cache-control", b"no-store"))
    second = world.ask("/live/s/r/frames.mp4")
    spread, attach = world.others
    assert isinstance(spread, FanOut)
    assert (spread.waiters, attach) == ((first,), Attach(b"/live/s/r/frames.mp4", second))
    world.engine.stream_over(b"/live/s/r/frames.mp4")
    world.ask("/live/s/r/frames.mp4")
    assert len(world.fetches) == 2


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
