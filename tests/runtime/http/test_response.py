import pytest
from hypothesis import given, strategies as st

from manycast.runtime.http.response import FetchError, ResponseHead, ResponseParser
from manycast.std.http1 import Headers


class Heard:
    """A receiver that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.body = b""

    def head(self, head: ResponseHead) -> None:
        self.told.append((head.status, head.length, head.framed))

    def data(self, piece: bytes) -> None:
        self.body += piece

    def end(self) -> None:
        self.told.append("end")

    def failed(self, error: FetchError) -> None:
        self.told.append(error)


def read(*pieces: bytes, method: str = "GET") -> tuple[ResponseParser, Heard]:
    heard = Heard()
    parser = ResponseParser(heard, method, head_bytes_max=300, interim_max=3)
    for piece in pieces:
        parser.feed(piece)
    return parser, heard


WHOLE = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", (200, 2, True), True),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", (200, 2, True), False),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", (200, None, True), True),
    (b"HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", (200, 2, True), True),
    (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", (200, 2, True), False),
]  # fmt: skip


@pytest.mark.parametrize(("data", "head", "reusable"), WHOLE)
@given(st.data())
def test_a_response_is_read_however_it_is_cut(
    data: bytes, head: object, reusable: bool, draw: st.DataObject
) -> None:
    cut = draw.draw(st.integers(1, len(data) - 1))
    parser, heard = read(data[:cut], data[cut:])
    assert (heard.told, heard.body) == ([head, "end"], b"hi")
    assert (parser.complete, parser.reusable) == (True, reusable)


def test_who_asks_is_told_of_interim_responses() -> None:
    class Curious(Heard):
        def interim(self, status: int, headers: Headers) -> None:
            self.told.append((status, headers))

    heard = Curious()
    parser = ResponseParser(heard, "GET", head_bytes_max=300, interim_max=3)
    parser.feed(b"HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 204 No\r\nC: d\r\n\r\n")
    assert heard.told == [(103, ((b"a", b"b"),)), (204, None, True), "end"]


def test_a_body_without_framing_ends_with_the_connection_and_says_so() -> None:
    parser, heard = read(b"HTTP/1.1 200 OK\r\n\r\nhi")
    assert heard.told == [(200, None, False)]
    parser.close()
    assert heard.told == [(200, None, False), "end"]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_replies_without_a_body_end_with_their_head(method: str) -> None:
    status = b"200 OK" if method == "HEAD" else b"304 Not Modified"
    _, heard = read(b"HTTP/1.1 " + status + b"\r\nContent-Length: 9\r\n\r\n", method=method)
    assert heard.told[-1] == "end"


@pytest.mark.parametrize(
    "cut", [b"", b"HTTP/1.1 200 OK\r\nConte", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi"]
)
def test_a_connection_that_closes_too_early_is_an_error(cut: bytes) -> None:
    parser, heard = read(cut)
    with pytest.raises(FetchError):
        parser.close()
    assert "end" not in heard.told


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"0" * 30 + b"2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
        b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"a" * 400,
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 99 + b"\r\n",
        b"rubbish\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nhi\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhi\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi!\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\x00c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
        b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 099 Odd\r\n\r\n",
        b"HTTP/1.1 999 Odd\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
    ],
)
def test_a_parent_that_speaks_nonsense_is_an_error(data: bytes) -> None:
    with pytest.raises(FetchError):
        read(data)


@pytest.mark.parametrize("more", [b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"\x00"])
def test_a_body_longer_than_its_length_is_an_error_and_never_a_whole_reply(more: bytes) -> None:
    heard = Heard()
    parser = ResponseParser(heard, "GET", head_bytes_max=300, interim_max=3)
    with pytest.raises(FetchError):
        parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" + more)
    assert "end" not in heard.told
    assert heard.body == b"hi"


def test_a_body_for_a_head_request_spoils_the_connection_only() -> None:
    parser, heard = read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhirubbish", method="HEAD")
    assert (heard.told, heard.body) == ([(200, 2, True), "end"], b"")
    assert not parser.reusable


def test_a_line_end_too_many_is_forgiven() -> None:
    _, heard = read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi\r\n")
    assert heard.told[-1] == "end"


def test_trailers_are_ignored_and_limited() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
    _, heard = read(chunked + b"ETag: x\r\nA: b\r\n\r\n")
    assert (heard.told, heard.body) == ([(200, None, True), "end"], b"hi")
    with pytest.raises(FetchError):
        read(chunked, *[b"A: b\r\n"] * 100)


def test_chunk_extensions_are_ignored_and_limited() -> None:
    start = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;"
    _, heard = read(start + b"a=b\r\nhi\r\n0\r\n\r\n")
    assert heard.body == b"hi"
    with pytest.raises(FetchError):
        read(start, *[b"a" * 100] * 10)


def test_interim_replies_without_end_are_an_error() -> None:
    one = b"HTTP/1.1 103 Early\r\n\r\n"
    with pytest.raises(FetchError):
        read(one * 4)


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=12))
def test_no_bytes_whatever_do_more_than_fail(pieces: list[bytes]) -> None:
    heard = Heard()
    parser = ResponseParser(heard, "GET", head_bytes_max=300, interim_max=3)
    try:
        for piece in (b"HTTP/1.1 200 OK\r\n", *pieces):
            parser.feed(piece)
        parser.close()
    except FetchError:
        assert "end" not in heard.told
    else:
        assert heard.told[-1] == "end"
