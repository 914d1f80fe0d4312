from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from manycast.runtime.http.parse import RequestParser
from manycast.runtime.http.request import RefusedRequestError, Request
from manycast.settings.http import HttpServerSettings


LIMITS = HttpServerSettings(
    head_bytes_max=400, headers_max=5, body_bytes_max=10, target_bytes_max=50, pipelined_max=3
)
HOST = b"Host: a\r\n"


def parse(*pieces: bytes) -> list[Request]:
    parser = RequestParser(LIMITS)
    for piece in pieces:
        parser.feed(piece)
    return list(parser.ready)


def refusal(data: bytes) -> int:
    with pytest.raises(RefusedRequestError) as caught:
        parse(data)
    return caught.value.status


def test_a_request_is_read_whole() -> None:
    (request,) = parse(b"POST /a?b HTTP/1.1\r\nHost: x\r\nX:  y \r\nContent-Length: 2\r\n\r\nhi")
    assert (request.method, request.path, request.query, request.body) == ("POST", "/a", "b", b"hi")
    assert request.headers == ((b"host", b"x"), (b"x", b"y"), (b"content-length", b"2"))
    assert request.keep_alive
    assert not request.http_10


SMUGGLING = [
    b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    b"Content-Length: 4\r\nContent-Length: 5\r\n",
    b"Content-Length: 4\r\nContent-Length: 4\r\n",
    b"Content-Length: 4, 4\r\n",
    b"Content-Length: +4\r\n",
    b"Content-Length: -1\r\n",
    b"Content-Length: 0x4\r\n",
    b"Content-Length: 1_0\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Transfer-Encoding: chunked, identity\r\n",
    b"Transfer-Encoding: xchunked\r\n",
    b"Transfer-Encoding: \x0bchunked\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"A: b\r\n folded\r\n",
    b"A: b\nB: c\r\n",
    b"A: b\rc\r\n",
    b"A: \x00\r\n",
    b"A b\r\n",
    b": b\r\n",
    b"Host: second\r\n",
]


@pytest.mark.parametrize("fields", SMUGGLING)
def test_framing_that_two_servers_could_read_differently_is_refused(fields: bytes) -> None:
    assert refusal(b"POST / HTTP/1.1\r\n" + HOST + fields + b"\r\n0\r\n\r\n") in {400, 413}


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1 \r\n",
        b"GET / HTTP/1.1\n",
        b"GET /\x00 HTTP/1.1\r\n",
        b"GET /\xff HTTP/1.1\r\n",
        b"GET /a b HTTP/1.1\r\n",
        b"GET /a#b HTTP/1.1\r\n",
        b"GET a HTTP/1.1\r\n",
        b"get / HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\x00\x01",
    ],
)
def test_malformed_request_lines_are_refused(line: bytes) -> None:
    assert refusal(line + HOST + b"\r\n") == 400


def test_each_limit_has_its_status() -> None:
    assert refusal(b"GET /" + b"a" * 60 + b" HTTP/1.1\r\n") == 414
    assert refusal(b"GET / HTTP/1.1\r\nA: " + b"a" * 500) == 431
    assert refusal(b"GET / HTTP/1.1\r\nA: " + b"a" * 500 + b"\r\n\r\n") == 431
    assert refusal(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 7) == 431
    assert refusal(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n") == 413
    chunked = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert refusal(chunked + b"b\r\n" + b"x" * 11 + b"\r\n0\r\n\r\n") == 413
    assert refusal((b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") * 4) == 400
    assert refusal(b"GET / HTTP/2.0\r\n" + HOST + b"\r\n") == 505
    assert refusal(b"GET / HTTP/1.1\r\n\r\n") == 400
    assert refusal(b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400


def test_a_head_that_never_ends_is_refused_however_slowly_it_comes() -> None:
    parser = RequestParser(LIMITS)
    start = b"GET / HTTP/1.1\r\nA: "
    parser.feed(start)
    for _ in range(LIMITS.head_bytes_max - len(start)):
        parser.feed(b"a")
    with pytest.raises(RefusedRequestError) as caught:
        parser.feed(b"a")
    assert caught.value.status == 431


def test_trailers_and_chunk_extensions_are_dropped() -> None:
    (request,) = parse(
        b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1;name=value\r\nx\r\n0\r\nHost: evil\r\n\r\n"
    )
    assert request.body == b"x"
    assert [name for name, _ in request.headers] == [b"host", b"transfer-encoding"]


def test_bytes_after_the_last_request_of_a_connection_do_not_matter() -> None:
    (request,) = parse(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nrubbish")
    assert not request.keep_alive


def test_an_upgrade_is_answered_as_an_ordinary_last_request() -> None:
    (request,) = parse(
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nmore"
    )
    assert not request.keep_alive


def test_a_body_that_waits_for_permission_says_so() -> None:
    parser = RequestParser(LIMITS)
    parser.feed(b"PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert parser.wants_continue
    parser.feed(b"hi")
    assert not parser.wants_continue


@given(st.data())
def test_how_the_bytes_are_cut_does_not_matter(data: st.DataObject) -> None:
    text = (
        b"GET /a?b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
        b"POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    )
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert parse(*[piece for piece in pieces if piece]) == parse(text)


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_waited_for_but_never_crash(data: bytes) -> None:
    parser = RequestParser(LIMITS)
    with suppress(RefusedRequestError):
        parser.feed(data)
    assert len(parser.ready) <= LIMITS.pipelined_max
