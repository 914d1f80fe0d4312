import pytest
from tests.edge.world import FRESH, World

from manycast.edge.fields import (
    anonymous_request,
    end_to_end,
    leading_fields,
    looped,
    own_fields_upstream,
    reply_fields,
    upstream,
    with_cors,
)
from manycast.edge.target import target


def test_fields_of_one_connection_do_not_travel() -> None:
    fields = (
        (b"connection", b"close, X-Internal"),
        (b"keep-alive", b"5"),
        (b"te", b"trailers"),
        (b"transfer-encoding", b"chunked"),
        (b"upgrade", b"h2c"),
        (b"x-internal", b"1"),
        (b"accept", b"*/*"),
    )
    assert end_to_end(fields) == [(b"accept", b"*/*")]


def test_connection_cannot_strip_what_decides_the_answer() -> None:
    fields = (
        (b"connection", b"authorization, cookie"),
        (b"authorization", b"x"),
        (b"cookie", b"y"),
    )
    assert [name for name, _ in end_to_end(fields)] == [b"authorization", b"cookie"]


def test_a_live_fetch_carries_nothing_of_a_viewer() -> None:
    assert anonymous_request(b"me") == b"accept: */*\r\nvia: 1.1 manycast\r\ncdn-loop: me\r\n"


def test_a_fetch_for_one_viewer_carries_its_fields_but_not_its_host() -> None:
    fields = own_fields_upstream(
        ((b"host", b"edge"), (b"cookie", b"a=b"), (b"range", b"bytes=0-"), (b"via", b"1.1 x"))
    )
    assert upstream(fields, b"me") == (
        b"cookie: a=b\r\nrange: bytes=0-\r\nvia: 1.1 x\r\nvia: 1.1 manycast\r\ncdn-loop: me\r\n"
    )


def test_a_shared_fetch_asks_for_the_whole_and_tells_no_address() -> None:
    fields = (
        (b"accept-language", b"en"),
        (b"range", b"bytes=0-"),
        (b"if-none-match", b"x"),
        (b"cache-control", b"no-cache"),
        (b"x-forwarded-for", b"1.2.3.4"),
        (b"accept-encoding", b"gzip, deflate, br;q=0.9"),
    )
    assert leading_fields(fields) == (
        (b"accept-language", b"en"),
        (b"accept-encoding", b"br, gzip"),
    )
    assert leading_fields(fields, b"identity")[-1] == (b"accept-encoding", b"identity")


@pytest.mark.parametrize(
    "name", [b"x-forwarded-host", b"x-original-url", b"x-http-method-override", b"forwarded"]
)
def test_what_strangers_deceive_origins_with_does_not_travel(name: bytes) -> None:
    assert (name, b"evil") not in leading_fields(((name, b"evil"),))
    assert own_fields_upstream(((name, b"evil"),)) == ()


def test_a_request_that_comes_round_is_recognised() -> None:
    assert looped(((b"cdn-loop", b"other; x=1, me"),), b"me")
    assert not looped(((b"cdn-loop", b"other, merry"),), b"me")
    assert not looped((), b"me")


def test_a_live_fetch_names_the_nodes_it_came_through_so_that_a_circle_is_seen() -> None:
    ask = ((b"cookie", b"secret"), (b"cdn-loop", b"edge"))
    lines = anonymous_request(b"regional", ask)
    assert lines.endswith(b"cdn-loop: edge\r\nvia: 1.1 manycast\r\ncdn-loop: regional\r\n")
    assert b"secret" not in lines
    assert looped(((b"cdn-loop", b", ".join(b"%d" % n for n in range(17))),), b"me")
    assert not looped(((b"cdn-loop", b", ".join(b"%d" % n for n in range(16))),), b"me")


def test_live_replies_may_be_read_by_players_on_other_sites_and_others_not() -> None:
    live, page = target("/live/a/index.m3u8", ""), target("/", "")
    assert (b"access-control-allow-origin", b"*") in with_cors((), live)
    assert with_cors((), page) == []
    both = reply_fields(((b"access-control-allow-origin", b"x"), (b"age", b"1")), live)
    assert [v for n, v in both if n == b"access-control-allow-origin"] == [b"*"]
    assert not any(name == b"age" for name, _ in both)


def test_a_field_that_connection_takes_away_does_not_choose_a_variant_either() -> None:
    world = World()
    world.ask("/a", "GET", (b"accept-language", b"de"), (b"connection", b"accept-language"))
    varied = (FRESH, (b"vary", b"accept-language"))
    world.serve(world.only, b"any", *varied)
    german = world.ask("/a", "GET", (b"accept-language", b"de"))
    world.serve(world.only, b"deutsch", *varied)
    assert world.replies[german][1] == b"deutsch"


def test_strangers_who_watch_together_do_not_become_one_session() -> None:
    world = World()
    viewers = [world.ask("/live/s/index.m3u8") for _ in range(2)]
    world.serve(world.only, b"#EXTM3U", (b"set-cookie", b"session=1"))
    assert not any(b"set-cookie" in world.replies[viewer][0] for viewer in viewers)
