from manycast.edge.fields import (
    end_to_end,
    looped,
    own_request,
    reply_fields,
    shared_request,
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


def test_a_shared_fetch_carries_nothing_of_a_viewer() -> None:
    assert shared_request(b"me") == b"accept: */*\r\nvia: 1.1 manycast\r\ncdn-loop: me\r\n"


def test_a_fetch_for_one_viewer_carries_its_fields_but_not_its_host() -> None:
    lines = own_request(((b"host", b"edge"), (b"cookie", b"a=b"), (b"via", b"1.1 x")), b"me")
    assert lines == b"cookie: a=b\r\nvia: 1.1 x\r\nvia: 1.1 manycast\r\ncdn-loop: me\r\n"


def test_a_request_that_comes_round_is_recognised() -> None:
    assert looped(((b"cdn-loop", b"other; x=1, me"),), b"me")
    assert not looped(((b"cdn-loop", b"other, merry"),), b"me")
    assert not looped((), b"me")


def test_live_replies_may_be_read_by_players_on_other_sites_and_others_not() -> None:
    live, page = target("/live/a/index.m3u8", ""), target("/", "")
    assert (b"access-control-allow-origin", b"*") in with_cors((), live)
    assert with_cors((), page) == []
    both = reply_fields(((b"access-control-allow-origin", b"x"), (b"age", b"1")), live)
    assert [v for n, v in both if n == b"access-control-allow-origin"] == [b"*"]
    assert not any(name == b"age" for name, _ in both)
