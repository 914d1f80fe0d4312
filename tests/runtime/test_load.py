import asyncio
import resource
import sys
from urllib.parse import urlsplit

import pytest

from manycast.hls import multivariant
from manycast.hls.multivariant import Variant
from manycast.hls.reload import Reload, parse_reload
from manycast.hls.rules import Rules
from manycast.hls.viewer import Viewer
from manycast.hls.viewer_frames import FramesViewer
from manycast.hls.viewer_swarm import Swarm
from manycast.hls.window import MediaWindow
from manycast.media import cmaf
from manycast.media.cmaf import VideoSample
from manycast.runtime import clock
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import serve
from manycast.runtime.load import AnyViewer, LoadError, Outcome, address, allow_files, watch
from manycast.settings.load import LoadSettings


PART_MS = 200
PER_SEGMENT = 10
MULTIVARIANT = multivariant.text(
    [Variant("source/index.m3u8", 10**6, 10**6, ("avc1.64001f",), 1280, 720)]
).encode()
QUICK = LoadSettings(tick_s=0.005, rejoin_s=0.01)


class Stream:
    """Publishes the next part when every viewer waits for it, and ends after some parts."""

    def __init__(self, viewers: int, parts: int) -> None:
        self.viewers = viewers
        self.left = parts
        self.window = MediaWindow(Rules(part_target_ms=PART_MS), first_part_number=0)
        self.count = 0
        self.held: list[Exchange] = []
        self.paths: list[str] = []
        for _ in range(5 * PER_SEGMENT):
            self.publish()

    def publish(self) -> None:
        msn, part = divmod(self.count, PER_SEGMENT)
        if part == 0:
            self.window.open_segment(msn, clock.wall_ms() - PER_SEGMENT * PART_MS, 1)
        self.window.add_part(PART_MS, independent=part == 0)
        if part == PER_SEGMENT - 1:
            self.window.close_segment()
        self.count += 1

    def __call__(self, exchange: Exchange) -> None:
        path = exchange.request.path
        self.paths.append(path)
        if path == "/live/demo/index.m3u8":
            exchange.send(200, (), MULTIVARIANT)
        elif not path.endswith(".m3u8"):
            exchange.send(200, (), (b"x" * 1000, b"y" * 500))
        else:
            self._hold(exchange)

    def _hold(self, exchange: Exchange) -> None:
        wanted = parse_reload(exchange.request.query)
        assert isinstance(wanted, Reload)
        if wanted.msn is None or wanted.msn * PER_SEGMENT + (wanted.part or 0) < self.count:
            exchange.send(200, (), self.window.text().encode())
            return
        self.held.append(exchange)
        if len(self.held) == self.viewers:
            self._go_on()

    def _go_on(self) -> None:
        if self.left:
            self.left -= 1
            self.publish()
        else:
            self.window.end()
        held, self.held = self.held, []
        for exchange in held:
            exchange.send(200, (), self.window.text(skip=True).encode())


def hls(swarm: Swarm, count: int) -> list[AnyViewer]:
    return [Viewer(swarm) for _ in range(count)]


async def watched(
    stream: Stream, swarm_url: str = "http://127.0.0.1:{}/live/demo/index.m3u8"
) -> tuple[Swarm, Outcome]:
    server = await serve(stream, "127.0.0.1", 0)
    swarm = Swarm(swarm_url.format(server.port), QUICK, rendition=None, hint=False)
    outcome = await watch(swarm, hls(swarm, stream.viewers), 60.0, lambda _seconds: None)
    await server.close()
    return swarm, outcome


async def test_a_swarm_watches_to_the_end_of_the_stream() -> None:
    viewers, parts = 8, 25
    stream = Stream(viewers, parts)
    swarm, outcome = await watched(stream)
    tally = swarm.tally
    assert not tally.errors
    assert tally.joined == viewers
    assert tally.requests == len(stream.paths)
    for number in range(5 * PER_SEGMENT, 5 * PER_SEGMENT + parts):
        assert stream.paths.count(f"/live/demo/source/p{number}.m4s") == viewers
    assert stream.paths.count("/live/demo/source/i1.mp4") == viewers
    assert tally.delay.count == viewers * parts
    assert tally.received_bytes > 1500 * viewers * parts
    assert outcome.seconds < 60.0
    assert outcome.cpu_share > 0


async def test_a_run_ends_in_time_although_nothing_answers() -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/live/demo/index.m3u8"
        swarm = Swarm(url, QUICK, rendition=None, hint=False)
        outcome = await watch(swarm, hls(swarm, 3), 0.1, lambda _seconds: None)
    assert swarm.tally.joined == 0
    assert swarm.tally.requests == 3
    assert outcome.seconds >= 0.1


async def test_a_server_that_is_not_there_is_counted() -> None:
    server = await serve(lambda _: None, "127.0.0.1", 0)
    await server.close()
    swarm = Swarm(f"http://127.0.0.1:{server.port}/a/b.m3u8", QUICK, rendition=None, hint=False)
    await watch(swarm, hls(swarm, 1), 0.05, lambda _seconds: None)
    assert next(iter(swarm.tally.errors)).startswith("playlist no connection")


async def test_media_on_another_server_is_an_error_not_a_request() -> None:
    stream = Stream(1, 1)
    text = MULTIVARIANT.replace(b"source/", b"http://elsewhere.invalid/source/")
    server = await serve(lambda exchange: exchange.send(200, (), text), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.port}/live/demo/index.m3u8"
    swarm = Swarm(url, QUICK, rendition=None, hint=False)
    await watch(swarm, hls(swarm, 1), 0.1, lambda _seconds: None)
    await server.close()
    assert "playlist URL on another server" in swarm.tally.errors
    assert not stream.held


async def test_an_endless_reply_is_measured_as_it_comes() -> None:
    counted = asyncio.Event()
    fragments = [
        *cmaf.fragment(1, [VideoSample(33, 0, True, b"x" * 5000)], clock.wall_ms(), [], 0, 1024)
    ]

    def application(exchange: Exchange) -> None:
        if exchange.request.path == "/live/demo/index.m3u8":
            exchange.send(200, (), MULTIVARIANT)
            return
        assert exchange.request.path == "/live/demo/source/frames.mp4"
        stream = exchange.stream(200, ())
        for _ in range(10):
            stream.write(fragments)
        counted.set()

    server = await serve(application, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.port}/live/demo/index.m3u8"
    swarm = Swarm(url, QUICK, rendition=None, hint=False)
    outcome = await watch(swarm, [FramesViewer(swarm)], 0.3, lambda _seconds: None)
    assert counted.is_set()
    await server.close()
    tally = swarm.tally
    assert outcome.seconds >= 0.3
    assert not tally.errors
    assert (tally.joined, tally.parts, tally.requests) == (1, 10, 2)
    assert tally.received_bytes > 50_000


@pytest.mark.parametrize("url", ["ftp://a/b", "live/demo/index.m3u8", "http://"])
def test_an_address_that_cannot_be_watched_is_refused(url: str) -> None:
    with pytest.raises(LoadError, match="give a URL like"):
        address(urlsplit(url))


def test_more_viewers_than_the_machine_allows_files_are_refused() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with pytest.raises(LoadError, match="fewer viewers"):
        allow_files(sys.maxsize)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits
