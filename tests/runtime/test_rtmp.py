import asyncio
import contextlib
import logging
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.doors import Doorkeeper

from manycast.media.rtmp.broadcaster import Broadcaster
from manycast.media.rtmp.handshake import CLIENT_BYTES
from manycast.model.media import Media, StreamInfo, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.runtime import rtmp
from manycast.runtime.ingest import Admitted, Caller, Door, GiveUp
from manycast.runtime.rtmp import Listener
from manycast.settings.rtmp import RtmpSettings


KEY = "secret-stream-key"
FRAME = b"\x17\x01\x00\x00\x00" + b"\x00\x00\x00\x01x"


class Stream:
    """An admitted publisher that remembers all, and can be asked to refuse or to fail."""

    def __init__(self) -> None:
        self.items: list[Media] = []
        self.ends: list[tuple[str, bool]] = []
        self.ended = asyncio.Event()
        self.error: Exception | None = None

    def media(self, item: Media) -> None:
        if self.error is not None:
            raise self.error
        self.items.append(item)

    def lost(self, reason: str, *, clean: bool) -> None:
        self.ends.append((reason, clean))
        self.ended.set()


class Gate(Doorkeeper):
    def __init__(self) -> None:
        self.streams: asyncio.Queue[Stream] = asyncio.Queue()

    def let_in(self, name: str, caller: Caller) -> Stream:
        assert caller.peer.startswith("127.0.0.")
        if name != KEY:
            raise RefusedError(f"unknown stream key {name}", "NetStream.Publish.BadName")
        stream = Stream()
        self.streams.put_nowait(stream)
        return stream


@contextlib.asynccontextmanager
async def listening(
    gate: Door, settings: RtmpSettings | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Listener]:
    listener = await rtmp.serve("127.0.0.1", 0, gate, settings or RtmpSettings(), tls=tls)
    try:
        async with asyncio.timeout(20):
            yield listener
    finally:
        await listener.close()


@contextlib.asynccontextmanager
async def dialled(
    listener: Listener, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    name = None if tls is None else "localhost"
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", listener.port, ssl=tls, server_hostname=name
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_a_broadcast_arrives_and_ends_once() -> None:
    gate, b = Gate(), Broadcaster()
    async with listening(gate) as listener, dialled(listener) as (_, writer):
        writer.write(b.opening(KEY) + b.metadata({"framerate": 25.0}))
        writer.writelines(b.video(at * 40, FRAME) for at in range(50))
        writer.write(b.goodbye(KEY))
        stream = await gate.streams.get()
        await stream.ended.wait()
        assert [entry.state for entry in listener.statistics()] == ["lingering"]
    assert stream.items[0] == StreamInfo(frame_rate=25.0)
    frames = [item for item in stream.items if isinstance(item, VideoFrame)]
    assert [item.dts_ms for item in frames] == list(range(0, 2000, 40))
    assert stream.ends == [("the broadcaster stopped the stream", True)]


async def test_a_connection_that_breaks_off_is_lost_once() -> None:
    gate, b = Gate(), Broadcaster()
    async with listening(gate) as listener, dialled(listener) as (_, writer):
        writer.write(b.opening(KEY))
        stream = await gate.streams.get()
        writer.transport.abort()
        await stream.ended.wait()
    assert [clean for _, clean in stream.ends] == [False]


async def test_closing_the_listener_ends_everyone_once() -> None:
    gate, b = Gate(), Broadcaster()
    async with listening(gate) as listener, dialled(listener) as (reader, writer):
        writer.write(b.opening(KEY))
        stream = await gate.streams.get()
        await listener.close()
        assert stream.ends == [("this server is stopping", False)]
        with contextlib.suppress(ConnectionError):
            await reader.read()
    assert len(stream.ends) == 1


async def test_a_fault_in_the_origin_still_ends_the_publisher_once() -> None:
    gate, b = Gate(), Broadcaster()
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: faults.append(context["exception"])
    )
    async with listening(gate) as listener, dialled(listener) as (_, writer):
        writer.write(b.opening(KEY))
        stream = await gate.streams.get()
        stream.error = KeyError("a fault of ours")
        writer.write(b.video(0, FRAME))
        await stream.ended.wait()
    assert len(stream.ends) == 1
    assert faults == [stream.error]


async def test_what_the_origin_refuses_is_told_once() -> None:
    gate, b = Gate(), Broadcaster()
    async with listening(gate) as listener, dialled(listener) as (reader, writer):
        writer.write(b.opening(KEY))
        stream = await gate.streams.get()
        stream.error = RefusedError("send at most 2160p")
        writer.write(b.video(0, FRAME) + b.video(40, FRAME))
        await reader.readuntil(b"send at most 2160p")
    assert stream.ends == [("send at most 2160p", False)]


async def test_a_refusal_of_the_last_item_and_a_goodbye_are_one_end() -> None:
    gate, b = Gate(), Broadcaster()
    async with listening(gate) as listener, dialled(listener) as (_, writer):
        writer.write(b.opening(KEY))
        stream = await gate.streams.get()
        stream.error = RefusedError("send at most 2160p")
        writer.write(b.video(0, FRAME) + b.goodbye(KEY))
        await stream.ended.wait()
    assert len(stream.ends) == 1


async def test_a_wrong_key_is_told_and_logged_without_giving_it_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with listening(Gate()) as listener, dialled(listener) as (reader, writer):
        writer.write(Broadcaster().opening("another-secret-key"))
        await reader.readuntil(b"unknown stream key")
        peer = "{}:{}".format(*writer.get_extra_info("sockname"))
    assert len(caplog.messages) == 1
    assert peer in caplog.text
    assert "unknown stream key anot…" in caplog.text
    assert "another" not in caplog.text


async def test_a_good_key_is_not_given_away_either(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gate, b = Gate(), Broadcaster()
    async with listening(gate) as listener, dialled(listener) as (_, writer):
        writer.write(b.opening(KEY) + b.goodbye(KEY))
        await (await gate.streams.get()).ended.wait()
    assert "key secr…" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize("short", ["", "a", "abc", "abcdef"])
def test_a_short_key_is_shown_by_half_at_most(short: str) -> None:
    shown = rtmp.shown(short)
    assert not short or len(shown) - 1 <= len(short) / 2


@pytest.mark.parametrize(
    ("peername", "names"),
    [
        (("192.0.2.1", 5), ("192.0.2.1", "192.0.2.1:5")),
        (("2001:db8::1", 5, 0, 0), ("2001:db8::1", "[2001:db8::1]:5")),
        (None, ("", "(gone)")),
    ],
)
def test_peers_are_named_by_address_and_port(
    peername: tuple[str, int] | None, names: tuple[str, str]
) -> None:
    assert rtmp.names(peername) == names


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether this connection has a place: only then is its handshake answered."""
    try:
        writer.write(Broadcaster().handshake())
        await reader.readexactly(CLIENT_BYTES)
    except (ConnectionError, asyncio.IncompleteReadError):
        return False
    return True


@pytest.mark.parametrize("limit", ["connections_max", "connections_per_address_max"])
async def test_connections_are_limited(limit: str, caplog: pytest.LogCaptureFixture) -> None:
    settings = RtmpSettings(**{limit: 2})
    async with listening(Gate(), settings) as listener, dialled(listener) as kept:
        assert await answered(*kept)
        async with dialled(listener) as leaving:
            assert await answered(*leaving)
            async with dialled(listener) as refused:
                assert not await answered(*refused)
        assert len(caplog.messages) == 1
        assert "refused" in caplog.text
        async with dialled(listener) as later:
            assert await answered(*later)


async def test_a_peer_that_never_reads_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    gate, b = Gate(), Broadcaster()
    settings = RtmpSettings(send_bytes_max=1000)
    async with listening(gate, settings) as listener, dialled(listener) as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # sockets' transports read
        writer.write(b.opening(KEY))
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b.command("_checkbw", 9, None) * 500 + b.video(0, FRAME))
                await writer.drain()
    assert "does not read" in caplog.text
    assert len(gate.streams.get_nowait().ends) == 1


@pytest.mark.looptime
async def test_a_silent_connection_is_cut_when_its_time_is_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    async with listening(Gate()) as listener, dialled(listener) as (reader, _):
        before = loop.time()
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        assert loop.time() - before == pytest.approx(RtmpSettings().handshake_s, abs=0.1)
    assert "no complete handshake within 5 s" in caplog.text


@pytest.mark.looptime
async def test_a_refused_broadcaster_has_time_to_read_why() -> None:
    loop = asyncio.get_running_loop()
    async with listening(Gate()) as listener, dialled(listener) as (reader, writer):
        writer.write(Broadcaster().opening("another-secret-key"))
        await reader.readuntil(b"unknown stream key")
        before = loop.time()
        with contextlib.suppress(ConnectionError):
            await reader.read()
        assert loop.time() - before == pytest.approx(RtmpSettings().refusal_s, abs=0.1)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of localhost and its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed: it makes the certificate")
    key, chain = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    words = [*make.split(), "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(chain)]
    subprocess.run(words, check=True, capture_output=True)
    return chain, key


async def test_broadcasts_over_tls(certificate: tuple[Path, Path]) -> None:
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(*certificate)
    client = ssl.create_default_context(cafile=str(certificate[0]))
    gate, b = Gate(), Broadcaster()
    async with (
        listening(gate, tls=server) as listener,
        dialled(listener, client) as (_, writer),
    ):
        writer.write(b.opening(KEY) + b.video(0, FRAME) + b.goodbye(KEY))
        stream = await gate.streams.get()
        await stream.ended.wait()
    assert len(stream.items) == 1


class Slow:
    """A door that takes its time; ``answers`` are what it was asked to call, given up or not."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[tuple[str, Admitted]] = asyncio.Queue()
        self.given_up = asyncio.Event()

    def admit(self, key: str, caller: Caller, then: Admitted) -> GiveUp:
        self.asked.put_nowait((key, then))
        return self.given_up.set

    def enter(self, channel: str, caller: Caller) -> Stream:
        raise NotImplementedError


async def test_what_comes_while_the_key_is_checked_waits_and_is_all_there_afterwards() -> None:
    slow, b = Slow(), Broadcaster()
    async with listening(slow) as listener, dialled(listener) as (_, writer):
        writer.write(b.opening(KEY))
        _, then = await slow.asked.get()
        writer.writelines(b.video(at * 40, FRAME) for at in range(50))
        writer.write(b.goodbye(KEY))
        await asyncio.sleep(0.01)
        assert [entry.delivered for entry in listener.statistics()] == [0]
        stream = Stream()
        then(stream)
        await stream.ended.wait()
    assert [type(item) for item in stream.items] == [VideoFrame] * 50
    assert stream.ends == [("the broadcaster stopped the stream", True)]


async def test_a_flood_before_the_answer_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The publisher feels it, and nothing piles up here."""
    slow, b = Slow(), Broadcaster()
    flood = b.opening(KEY) + b.video(0, FRAME) * 400_000
    async with listening(slow) as listener, dialled(listener) as (_, writer):
        writer.write(flood)
        _, then = await slow.asked.get()
        received = -1
        while listener.statistics()[0].received_bytes != received:
            received = listener.statistics()[0].received_bytes
            await asyncio.sleep(0.02)
        assert received < 2_000_000 < len(flood)
        then(RefusedError("unknown"))


async def test_a_refusal_that_comes_later_is_told() -> None:
    slow, b = Slow(), Broadcaster()
    async with listening(slow) as listener, dialled(listener) as (reader, writer):
        writer.write(b.opening(KEY))
        _, then = await slow.asked.get()
        then(RefusedError("unknown stream key", "NetStream.Publish.BadName"))
        await reader.readuntil(b"unknown stream key")


async def test_a_connection_that_ends_while_its_key_is_checked_takes_the_question_back() -> None:
    slow, b = Slow(), Broadcaster()
    async with listening(slow) as listener:
        async with dialled(listener) as (_, writer):
            writer.write(b.opening(KEY))
            await slow.asked.get()
            await listener.close()
        await slow.given_up.wait()


async def test_a_publisher_taken_in_as_its_connection_ends_is_lost_once() -> None:
    slow, b = Slow(), Broadcaster()
    stream = Stream()
    async with listening(slow) as listener, dialled(listener) as (_, writer):
        writer.write(b.opening(KEY))
        _, then = await slow.asked.get()
        then(stream)
        await listener.close()
        await stream.ended.wait()
    assert len(stream.ends) == 1


async def test_a_key_that_is_never_decided_times_out() -> None:
    slow, b = Slow(), Broadcaster()
    settings = RtmpSettings(publish_s=0.1)
    async with listening(slow, settings) as listener, dialled(listener) as (reader, writer):
        writer.write(b.opening(KEY))
        await slow.given_up.wait()
        with contextlib.suppress(ConnectionError):
            await reader.read()
