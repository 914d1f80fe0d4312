import itertools

import pytest
from hypothesis import given, strategies as st

from manycast.runtime.load_reply import ReplyError, ReplyReader, parse_head


LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nAge: 3\r\n\r\nhello world"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: 1\r\n\r\n"
)
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + LENGTH


def read(reply: bytes, cuts: list[int]) -> tuple[ReplyReader, bytes, bool]:
    body: list[bytes] = []
    reader = ReplyReader({}, 4096, lambda data: body.append(bytes(data)))
    reader.begin()
    edges = sorted({0, len(reply), *(cut % len(reply) for cut in cuts)})
    complete = False
    for start, end in itertools.pairwise(edges):
        assert not complete
        complete = reader.feed(memoryview(reply)[start:end])
    return reader, b"".join(body), complete


@pytest.mark.parametrize("reply", [LENGTH, CHUNKED, CONTINUED])
@given(cuts=st.lists(st.integers(min_value=0, max_value=500), max_size=20))
def test_a_reply_is_read_however_it_is_cut(reply: bytes, cuts: list[int]) -> None:
    reader, body, complete = read(reply, cuts)
    assert complete
    assert body == b"hello world"
    assert reader.head
    assert reader.head.status == 200


def test_a_reply_without_a_length_ends_with_the_connection() -> None:
    reader, body, complete = read(b"HTTP/1.0 200 OK\r\n\r\nhello", [])
    assert (body, complete) == (b"hello", False)
    assert reader.eof()
    assert reader.head
    assert reader.head.close


def test_a_connection_that_ends_within_a_body_completes_nothing() -> None:
    reader, _, complete = read(LENGTH[:-1], [])
    assert not complete
    assert not reader.eof()


def test_one_reader_takes_reply_after_reply() -> None:
    reader = ReplyReader({}, 4096, None)
    for _ in range(3):
        reader.begin()
        assert reader.feed(memoryview(LENGTH))
        assert reader.head
        assert reader.head.age_s == 3


@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 2000,
        b"HTTP/1.1 200 OK\r\n" + b"x" * 5000,
    ],
)
def test_bytes_that_are_no_reply_are_refused(reply: bytes) -> None:
    with pytest.raises(ReplyError):
        read(reply, [])


def test_a_reply_that_never_has_a_body_needs_no_length() -> None:
    assert parse_head(b"HTTP/1.1 304 Not Modified").length == 0
