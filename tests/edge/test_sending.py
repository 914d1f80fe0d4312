from tests.edge.world import FRESH, SMALL, World

from manycast.edge.commands import Piece


TAGGED = (FRESH, (b"etag", b'"v1"'))


def test_each_viewer_of_one_fetch_gets_what_its_own_conditions_make_of_it() -> None:
    world = World()
    plain = world.ask("/a")
    known = world.ask("/a", "GET", (b"if-none-match", b'"v1"'))
    new = world.ask("/a", "GET", (b"if-none-match", b'"v0"'))
    assert len(world.fetches) == 1
    world.serve(world.only, b"body", *TAGGED)
    assert world.replies[known][0].startswith(b"HTTP/1.1 304 ")
    assert world.replies[plain][1] == world.replies[new][1] == b"body"
    assert b"fwd=uri-miss; stored" in world.replies[plain][0]
    assert b"fwd=uri-miss; collapsed" in world.replies[known][0]


def test_who_has_a_streaming_reply_already_is_told_so_at_once() -> None:
    world = World()
    world.ask("/a")
    known = world.ask("/a", "GET", (b"if-none-match", b'"v1"'))
    number = world.only
    world.answer(number, *TAGGED, length=300)
    world.perform(world.engine.data(number, bytes(200), 0))
    late = world.ask("/a", "GET", (b"if-none-match", b'"v1"'))
    for viewer in (known, late):
        assert world.replies[viewer][0].startswith(b"HTTP/1.1 304 ")


def test_fields_for_the_leader_are_not_for_joiners_nor_for_the_store() -> None:
    world = World()
    control = (b"cache-control", b'max-age=10, private="x-mine"')
    leader, joiner = world.ask("/a"), world.ask("/a")
    world.serve(world.only, b"body", control, (b"x-mine", b"1"))
    hit = world.ask("/a")
    assert b"x-mine: 1" in world.replies[leader][0]
    assert b"x-mine: 1" not in world.replies[joiner][0]
    assert b"x-mine: 1" not in world.replies[hit][0]


def test_what_is_kept_goes_out_without_waiting_for_slow_viewers() -> None:
    world = World()
    viewer = world.ask("/a")
    number = world.only
    world.answer(number, FRESH, length=SMALL.object_bytes_max)
    world.perform(world.engine.data(number, bytes(200), 0))
    assert world.engine.data(number, b"x", 0) == [Piece((viewer,), (b"x",), 0)]


def test_no_length_is_told_where_there_cannot_be_a_body() -> None:
    for method in ("GET", "DELETE"):
        world = World()
        viewer = world.ask("/a", method)
        world.serve(world.only, b"", status=204)
        assert b"content-length" not in world.replies[viewer][0]
