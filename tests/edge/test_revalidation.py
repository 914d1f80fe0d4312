import pytest
from tests.edge.world import SMALL, World

from manycast.edge.engine import Engine, Trouble
from manycast.edge.purge import Kind, Purge
from manycast.settings.cache import CacheSettings


def stored(
    control: bytes, *fields: tuple[bytes, bytes], rules: CacheSettings | None = None
) -> World:
    world = World(Engine(SMALL, b"me", rules=rules))
    world.ask("/a")
    world.serve(world.only, b"body", (b"cache-control", control), (b"etag", b'"v1"'), *fields)
    return world


def test_a_stale_reply_is_asked_about_once_for_all_and_renewed() -> None:
    world = stored(b"max-age=10", (b"x-old", b"1"))
    world.now = 20
    viewers = [world.ask("/a") for _ in range(3)]
    assert b'if-none-match: "v1"\r\n' in world.fetches[world.only].fields
    news = ((b"cache-control", b"max-age=30"), (b"x-old", b"2"), (b"etag", b'"v1"'))
    world.serve(world.only, b"", *news, status=304)
    for viewer in viewers:
        start, body = world.replies[viewer]
        assert body == b"body"
        assert start.startswith(b"HTTP/1.1 200 ")
        assert b"fwd=stale; fwd-status=304" in start
        assert b"x-old: 2\r\n" in start
    world.now = 49
    assert b"manycast; hit; ttl=1\r\nage: 29\r\n" in world.replies[world.ask("/a")][0]
    assert world.engine.counters.renewals == 1


def test_a_changed_object_takes_the_stale_ones_place() -> None:
    world = stored(b"max-age=10")
    world.now = 20
    viewer = world.ask("/a")
    world.serve(world.only, b"new", (b"cache-control", b"max-age=10"), (b"etag", b'"v2"'))
    assert world.replies[viewer][1] == b"new"
    assert world.replies[world.ask("/a")][1] == b"new"


def test_a_304_about_another_version_makes_it_ask_again() -> None:
    world = stored(b"max-age=10")
    world.now = 20
    viewer = world.ask("/a")
    world.answer(world.only, (b"etag", b'"v9"'), status=304)
    assert b"if-none-match" not in world.fetches[world.only].fields
    world.serve(world.only, b"new", (b"cache-control", b"max-age=10"))
    assert world.replies[viewer][1] == b"new"


def test_what_may_be_stale_while_it_is_renewed_is_served_at_once_and_renewed_once() -> None:
    world = stored(b"max-age=10, stale-while-revalidate=20")
    world.now = 20
    for _ in range(2):
        start, body = world.replies[world.ask("/a")]
        assert b"hit; ttl=-10" in start
        assert body == b"body"
    assert len(world.fetches) == 1
    world.serve(world.only, b"", status=304)
    assert b"age: 0\r\n" in world.replies[world.ask("/a")][0]


@pytest.mark.parametrize("failure", [500, 503, None])
def test_a_stale_reply_stands_in_for_an_error_where_it_may(failure: int | None) -> None:
    world = stored(b"max-age=10, stale-if-error=60")
    world.now = 20
    viewers = [world.ask("/a"), world.ask("/a")]
    if failure is None:
        world.fail(world.only, Trouble.UNREACHABLE)
    else:
        world.answer(world.only, status=failure)
        assert not world.fetches
    for viewer in viewers:
        assert world.replies[viewer][1] == b"body"
        assert b"fwd=stale" in world.replies[viewer][0]
    assert world.engine.counters.stand_ins == 2


@pytest.mark.parametrize(
    "control", [b"max-age=10, must-revalidate", b"max-age=10, stale-if-error=5"]
)
def test_a_stale_reply_does_not_stand_in_where_it_may_not(control: bytes) -> None:
    world = stored(control, rules=CacheSettings(stale_away_s=60.0))
    world.now = 20
    viewer = world.ask("/a")
    world.fail(world.only, Trouble.UNREACHABLE)
    assert world.said[viewer] == 502


def test_a_stale_reply_stands_in_while_no_parent_can_be_reached_but_not_for_its_errors() -> None:
    for status, served in ((None, True), (503, False)):
        world = stored(b"max-age=10")
        world.now = 20
        viewer = world.ask("/a")
        if status is None:
            world.fail(world.only, Trouble.UNREACHABLE)
        else:
            world.serve(world.only, b"error", (b"cache-control", b"no-store"), status=status)
        assert (world.replies[viewer][1] == b"body") == served


def test_an_error_is_no_news_about_what_is_stored_but_a_404_is() -> None:
    for status, again in ((503, b"body"), (404, b"gone")):
        world = stored(b"max-age=10, stale-while-revalidate=60")
        world.now = 20
        world.ask("/a")
        control = (b"cache-control", b"max-age=10" if status == 404 else b"no-store")
        world.serve(world.only, b"gone", control, status=status)
        assert world.replies[world.ask("/a")][1] == again


def test_what_is_always_asked_about_is_never_served_unasked() -> None:
    world = stored(b"no-cache")
    assert world.engine.hit(b"/a", b"identity", 0) is None
    viewer = world.ask("/a")
    assert viewer not in world.replies
    world.serve(world.only, b"", status=304)
    assert world.replies[viewer][1] == b"body"


def test_a_soft_purge_asks_before_the_next_use() -> None:
    world = stored(b"max-age=100, stale-if-error=100")
    world.engine.purge(Purge(Kind.URL, b"/a", soft=True))
    viewer = world.ask("/a")
    assert b'if-none-match: "v1"' in world.fetches[world.only].fields
    world.fail(world.only)
    assert world.replies[viewer][1] == b"body"


def test_a_reply_renewed_by_a_fetch_older_than_a_purge_is_not_kept() -> None:
    world = stored(b"max-age=10")
    world.now = 20
    world.ask("/a")
    world.engine.purge(Purge(Kind.URL, b"/a", soft=False))
    world.serve(world.only, b"", (b"cache-control", b"max-age=60"), status=304)
    world.ask("/a")
    assert b"if-none-match" not in world.fetches[world.only].fields


def test_head_is_answered_from_what_a_get_brought() -> None:
    world = stored(b"max-age=10")
    assert b"content-length: 4\r\n" in world.replies[world.ask("/a", "HEAD")][0]
    world.ask("/b", "HEAD")
    assert world.fetches[world.only].method == "HEAD"
    world.serve(world.only, b"", (b"cache-control", b"max-age=10"))
    world.ask("/b")
    assert len(world.fetches) == 1


def test_head_of_a_stale_reply_goes_through_and_its_answer_renews_or_ends_what_is_stored() -> None:
    for tag, length, again in ((b'"v1"', 4, 0), (b'"v2"', 4, 1), (b'"v1"', 5, 1)):
        world = stored(b"max-age=10")
        world.now = 20
        viewer = world.ask("/a", "HEAD")
        assert world.fetches[world.only].method == "HEAD"
        told = (
            (b"cache-control", b"max-age=10"),
            (b"etag", tag),
            (b"content-length", b"%d" % length),
        )
        world.answer(world.only, *told, length=length)
        world.end(world.only)
        assert b"content-length: %d\r\n" % length in world.replies[viewer][0]
        world.ask("/a")
        assert len(world.fetches) == again


def test_a_304_that_tells_what_replies_depend_on_leaves_none_to_others() -> None:
    world = stored(b"max-age=10")
    world.now = 20
    german = world.ask("/a", "GET", (b"accept-language", b"de"))
    world.serve(
        world.only,
        b"",
        (b"cache-control", b"max-age=10"),
        (b"etag", b'"v1"'),
        (b"vary", b"accept-language"),
        status=304,
    )
    assert world.replies[german][1] == b"body"
    world.ask("/a", "GET", (b"accept-language", b"fr"))
    assert len(world.fetches) == 1


def test_a_late_answer_to_head_does_not_bring_the_older_version_back() -> None:
    for etag in (b'"v1"', b'"v0"'):
        world = stored(b"max-age=10")
        world.now = 20
        world.ask("/a", "HEAD")
        head = world.only
        world.ask("/a")
        (get,) = world.fetches.keys() - {head}
        world.serve(get, b"newer", (b"cache-control", b"max-age=10"), (b"etag", b'"v2"'))
        world.answer(head, (b"cache-control", b"max-age=10"), (b"etag", etag), length=4)
        world.end(head)
        assert world.replies[world.ask("/a")][1] == b"newer"


def test_a_parent_that_fails_is_asked_behind_viewers_once_a_second() -> None:
    world = stored(b"max-age=10, stale-while-revalidate=100")
    fetches = 0
    for tenth in range(200, 221):
        world.now = tenth / 10
        world.ask("/a")
        if world.fetches:
            fetches += 1
            world.serve(world.only, b"", (b"cache-control", b"no-store"), status=500)
    assert fetches == 3
