import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from tests.runtime.http.attacks import table

from manycast.runtime.http.connection import Connection
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import Server, serve
from manycast.settings.http import HttpServerSettings
from manycast.std.http1 import Headers


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False
        self.cut = False
        self.reading = True
        self.buffered = 0

    def get_extra_info(self, name: str) -> tuple[str, int] | None:
        return ("test", 1) if name == "peername" else None

    def set_write_buffer_limits(self, high: int) -> None:
        self.high = high

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def writelines(self, pieces: Sequence[bytes]) -> None:
        self.written += b"".join(pieces)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = True

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.cut = True


class Targets:
    """A shortcut that answers /a in every spelling it has been shown, and counts."""

    def __init__(self) -> None:
        self.known: dict[bytes, bytes] = {}
        self.taken = 0

    def accepts(self, headers: Headers) -> bytes | None:
        return None if any(name == b"range" for name, _ in headers) else b"plain"

    def answer(self, target: bytes, profile: bytes) -> Sequence[bytes] | None:
        assert profile == b"plain"
        if target not in self.known:
            return None
        self.taken += 1
        return (self.known[target],)

    def application(self, exchange: Exchange) -> None:
        request = exchange.request
        short = request.path == "/a"
        seen = (request.method, request.target, request.body) if short else request
        body = repr(seen).encode()
        exchange.send(200, ((b"date", b"-"),), body)
        if short and request.method == "GET" and not request.body:
            head = b"HTTP/1.1 200 OK\r\ndate: -\r\ncontent-length: %d\r\n\r\n" % len(body)
            self.known[request.target] = head + body


LIMITS = HttpServerSettings(head_s=10, body_s=20, keep_alive_s=30, linger_s=5, send_stall_s=10)


def connect(server: Server) -> tuple[Connection, Wire]:
    connection, wire = Connection(server), Wire()
    fake: Any = wire
    connection.connection_made(fake)
    return connection, wire


def plain_server(shortcut: Targets | None = None, **limits: Any) -> Server:
    targets = shortcut or Targets()
    server = Server(targets.application, replace(LIMITS, **limits), shortcut)
    server.wall_s = 0  # the same for two servers made around the turn of a second
    return server


GOOD = [b"", b"Accept: x\r\n", b"Range: bytes=0-0\r\n", b"Connection: close\r\n"]
LINE = st.sampled_from(
    [
        b"GET /a",
        b"GET /b?c",
        b"HEAD /a",
        b"GET  /a",
        b"POST /a",
        b"PUT /a",
        b"GET http://h/a",
        b"GET /a#b",
        b"GET /%41?x|y",
        b"GET /\xff",
    ]
)
FIELDS = st.sampled_from(
    [b"", b"Accept: x\r\n", b"Range: bytes=0-0\r\n", b"Connection: close\r\n", b"Host: b\r\n",
     b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"A: b\n", b" folded\r\n"]
)  # fmt: skip
BODY = st.sampled_from(
    [b"", b"", b"", b"abc", b"0\r\n\r\n", b"GET /b?c HTTP/1.1\r\nHost: x\r\n\r\n"]
)
MESSAGE = st.builds(
    lambda line, version, fields, body: line + version + b"Host: x\r\n" + fields + b"\r\n" + body,
    LINE,
    st.sampled_from([b" HTTP/1.1\r\n"] * 3 + [b" HTTP/1.0\r\n", b" HTTP/1.1\n"]),
    st.sampled_from(GOOD) | FIELDS,
    st.just(b"") | BODY,
)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.lists(MESSAGE, min_size=1, max_size=2).map(b"".join), max_size=4), st.data())
async def test_the_shortcut_answers_exactly_as_the_full_parser_would(
    reads: list[bytes], data: st.DataObject
) -> None:
    quick, full = plain_server(Targets()), plain_server()
    for fields in GOOD:
        taught, _ = connect(quick)
        taught.data_received(b"GET /a HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n")
    for _ in range(2):
        pairs = [connect(quick), connect(full)]
        for read in reads:
            cut = data.draw(st.sampled_from([len(read), len(read), len(read) // 2]))
            for piece in filter(None, (read[:cut], read[cut:])):
                for connection, wire in pairs:
                    if not wire.closed:
                        connection.data_received(piece)
            assert pairs[0][1].written == pairs[1][1].written
            assert pairs[0][1].closed == pairs[1][1].closed


async def test_a_repeated_head_takes_the_shortcut_for_another_target_too() -> None:
    targets = Targets()
    connection, _ = connect(plain_server(targets))
    for path in (b"/a", b"/a?x", b"/a", b"/a?x"):
        connection.data_received(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert targets.taken == 2


async def test_remembered_heads_are_bounded() -> None:
    targets = Targets()
    server = plain_server(targets, known_heads_max=4)
    connection, _ = connect(server)
    for n in range(50):
        connection.data_received(b"GET /a HTTP/1.1\r\nHost: %d\r\n\r\n" % n)
    connection.data_received(b"GET /a HTTP/1.1\r\nHost: " + b"x" * 5_000 + b"\r\n\r\n")
    assert len(server.known_heads) <= 4


@pytest.mark.parametrize(
    ("sent", "seconds", "status"),
    [
        (b"", 10, b""),
        (b"GET / HT", 10, b"HTTP/1.1 408"),
        (b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab", 20, b"HTTP/1.1 408"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 30, b"HTTP/1.1 200"),
    ],
)
async def test_every_wait_for_the_client_ends(sent: bytes, seconds: float, status: bytes) -> None:
    server = plain_server()
    connection, wire = connect(server)
    if sent:
        connection.data_received(sent)
    connection.sweep(server.now + seconds - 1)
    assert not wire.closed
    connection.sweep(server.now + seconds + 1)
    connection.sweep(server.now + seconds + 1 + LIMITS.linger_s)
    assert wire.closed
    assert wire.written[:12] == status


async def test_a_refused_client_may_go_on_sending_without_being_heard() -> None:
    connection, wire = connect(plain_server())
    connection.data_received(b"rubbish\r\n\r\n")
    said = wire.written
    assert said.startswith(b"HTTP/1.1 400 ")
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert wire.written == said
    assert not wire.closed


async def test_a_full_send_buffer_stops_reading_and_answering_until_it_empties() -> None:
    connection, wire = connect(plain_server())
    connection.pause_writing()
    assert not wire.reading
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert not wire.written
    connection.resume_writing()
    assert wire.reading
    assert wire.written.startswith(b"HTTP/1.1 200 ")


async def test_a_stalled_reader_is_cut_but_a_slow_one_is_not() -> None:
    server = plain_server()
    connection, wire = connect(server)
    wire.buffered = 1000
    connection.pause_writing()
    for second in range(1, 40):
        wire.buffered -= 1
        connection.sweep(server.now + second)
    assert not wire.closed
    for second in range(40, 52):
        connection.sweep(server.now + second)
    assert wire.cut


async def test_a_reader_that_never_takes_the_last_reply_is_cut() -> None:
    server = plain_server()
    connection, wire = connect(server)
    wire.buffered = 10
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert wire.closed
    for second in range(12):
        assert not wire.cut
        connection.sweep(server.now + second)
    assert wire.cut


@pytest.mark.parametrize("idle_s", [0.0, 3.0])
async def test_who_has_a_reply_under_way_may_ask_once_more_when_the_port_is_handed_over(
    idle_s: float,
) -> None:
    held: list[Exchange] = []
    server = Server(held.append, LIMITS, None)
    connection, wire = connect(server)
    connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    stream = held.pop().stream(200, (), 2)
    server.draining, server.idle_s = True, idle_s
    connection.drain()
    stream.write((b"hi",))
    stream.end()
    assert wire.closed == (not idle_s)
    if idle_s:
        connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        held.pop().send(200, (), b"last")
        assert wire.written.endswith(b"connection: close\r\n\r\nlast")
    assert wire.closed


async def test_a_connection_accepted_at_the_last_moment_does_not_hold_up_the_end() -> None:
    server = plain_server()
    server.draining = True
    _, wire = connect(server)
    assert wire.closed


async def test_reading_ahead_is_bounded() -> None:
    held: list[Exchange] = []
    server = Server(held.append, replace(LIMITS, pipelined_max=3), None)
    connection, wire = connect(server)
    one = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    for _ in range(10):
        connection.data_received(one)
    while held:
        held.pop().send(200, (), b"")
    assert wire.written.count(b"HTTP/1.1 200 ") == 4
    assert wire.written.count(b"HTTP/1.1 400 ") == 1


ATTACKS = table()


def replies(sent: bytes, cut: int) -> tuple[list[int], bool]:
    """Statuses of the replies, and whether the server ended the connection."""
    server = Server(lambda exchange: exchange.send(200, (), b""), replace(LIMITS), None)
    connection, wire = connect(server)
    for start in range(0, len(sent), cut):
        if wire.closed:
            break
        connection.data_received(sent[start : start + cut])
    statuses = [
        int(reply[9:12]) for reply in wire.written.split(b"\r\n\r\n") if reply[:4] == b"HTTP"
    ]
    connection.sweep(server.now + LIMITS.linger_s + 1)
    return statuses, wire.closed


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("cut", [65_536, 7, 1])
async def test_an_attack_gets_its_verdict_and_the_connection_ends(name: str, cut: int) -> None:
    attack = ATTACKS[name]
    if cut < 8 and len(attack.sent) > 20_000:
        cut *= 1_001
    statuses, closed = replies(attack.sent, cut)
    assert statuses[-1] == attack.status
    assert len(statuses) == attack.replies
    assert closed or attack.status == 200


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("start", "limit_s"),
    [
        (b"", LIMITS.head_s),
        (b"GET / HTTP/1.1\r\nA: ", LIMITS.head_s),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", LIMITS.head_s),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\n", LIMITS.body_s),
        (b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e7\r\n", LIMITS.body_s),
    ],
)
async def test_a_request_that_trickles_is_cut_at_its_limit_however_it_trickles(
    start: bytes, limit_s: float
) -> None:
    server = plain_server()
    connection, wire = connect(server)
    loop = asyncio.get_running_loop()
    began = loop.time()
    if start:
        connection.data_received(start)
    while not wire.closed and loop.time() - began < 100:
        await asyncio.sleep(0.5)
        if not wire.closed:
            connection.data_received(b"a" if start else b"\r\n")
    assert limit_s <= loop.time() - began <= limit_s + LIMITS.linger_s + 3
    server._timer.cancel()


NAME = st.sampled_from([b"Accept", b"cookie", b"X-A", b"x_a", b"Host", b"Range", b"Expect", b"TE"])
VALUE = st.sampled_from(
    [b"", b"a", b" b ", b"a, b", b"close", b"100-continue", b"\x80", b"bytes=0-0"]
)
BLOCK = st.lists(
    st.builds(lambda name, value: name + b":" + value + b"\r\n", NAME, VALUE), max_size=6
)


@settings(deadline=None, max_examples=300)
@given(BLOCK, st.binary(max_size=12))
async def test_a_remembered_head_means_what_the_parser_says_of_it(
    fields: list[bytes], noise: bytes
) -> None:
    """And whatever is put before it that is no plain request line goes to the parser."""
    head = b"\r\nHost: x\r\n" + b"".join(fields) + b"\r\n"
    targets = Targets()
    server = plain_server(targets)
    connect(server)[0].data_received(b"GET /a HTTP/1.1" + head)
    for line in (b"GET /a" + noise + b" HTTP/1.1", b"GET /a" + noise, noise + b"GET /a HTTP/1.1"):
        quick, full = connect(server), connect(plain_server())
        for connection, wire in (quick, full):
            for _ in range(2):
                if not wire.closed:
                    connection.data_received(line + head)
        assert quick[1].written == full[1].written
        assert quick[1].closed == full[1].closed


async def test_an_idle_connection_lets_go_of_its_parser_and_a_begun_request_keeps_it() -> None:
    server = await serve(lambda exchange: exchange.send(200, (), b"x"), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for _ in range(2):
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\nx")).startswith(b"HTTP/1.1 200 ")
        (connection,) = server._connections
        connection.sweep(server.now)
        assert connection._parser is None
    connection.data_received(b"GET / HTTP/1.1\r\nHo")
    connection.sweep(server.now)
    writer.write(b"st: a\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\nx")).startswith(b"HTTP/1.1 200 ")
    writer.close()
    await writer.wait_closed()
    await server.close()
