from tests.edge.world import FRESH, SMALL, World

from manycast.edge.engine import Engine


def test_a_fetch_that_others_may_join_asks_for_the_whole_in_its_leaders_name() -> None:
    world = World()
    world.ask(
        "/a", "GET", (b"accept-language", b"en"), (b"if-none-match", b'"x"'),
        (b"accept-encoding", b"gzip"), (b"x-forwarded-host", b"evil"),
    )  # fmt: skip
    fields = world.fetches[world.only].fields
    assert fields.startswith(b"accept-language: en\r\naccept-encoding: gzip\r\nvia: ")
    assert b"if-none-match" not in fields
    assert b"evil" not in fields


def test_a_precondition_is_the_origins_to_judge() -> None:
    world = World()
    viewer = world.ask("/a", "GET", (b"if-match", b'"x"'))
    assert b'if-match: "x"\r\n' in world.fetches[world.only].fields
    world.serve(world.only, b"", status=412)
    assert world.replies[viewer][0].startswith(b"HTTP/1.1 412 ")
    assert b"fwd=request" in world.replies[viewer][0]


def test_a_key_that_another_worker_owns_is_fetched_from_it_and_kept_there() -> None:
    world = World(Engine(SMALL, b"me", owner=lambda key: 1 if key == b"/a" else None))
    first, second = world.ask("/a"), world.ask("/a")
    assert [fetch.peer for fetch in world.fetches.values()] == [1]
    world.serve(world.only, b"body", FRESH)
    assert world.replies[first][1] == world.replies[second][1] == b"body"
    assert len(world.engine.store) == 0
    world.ask("/b")
    assert world.fetches[world.only].peer is None
