"""Drives a swarm of measuring viewers on one event loop: connections, deadlines, the ramp."""

import asyncio
import gc
import resource
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from manycast.hls.viewer import PLAYLIST, Viewer
from manycast.hls.viewer_frames import FramesViewer
from manycast.hls.viewer_lane import Command, Drop
from manycast.hls.viewer_swarm import Swarm
from manycast.media.errors import MalformedError
from manycast.runtime import clock
from manycast.runtime.load_connection import Connection, Owner, connect
from manycast.runtime.load_reply import Head, ReplyError, ReplyReader, Sink
from manycast.settings.load import LoadSettings
from manycast.std.quantiles import Quantiles


SPARE_FILES = 64
"""Files that are open beside the viewers' connections."""
_REQUESTS_MAX = 4096
"""Request texts remembered; at any moment viewers ask for a few dozen different things."""


class LoadError(Exception):
    """The machine or the command is at fault; the message says what to change."""


AnyViewer: TypeAlias = Viewer | FramesViewer


@dataclass(slots=True)
class Outcome:
    """Beside what the viewers counted: how well the measuring side itself kept up."""

    seconds: float = 0.0
    lag: Quantiles = field(default_factory=lambda: Quantiles(0.0001))
    """How late the loop was for its ticks, in seconds: any delay measured has this uncertainty."""
    cpu_share: float = 0.0
    """Of one core, this process."""


class Wire:
    """What all connections to one server share."""

    def __init__(self, url: str, settings: LoadSettings, tasks: asyncio.TaskGroup) -> None:
        parts = urlsplit(url)
        self.settings = settings
        self.buffer = memoryview(bytearray(settings.receive_buffer_bytes))
        self.heads: dict[bytes, Head] = {}
        self._loop = asyncio.get_running_loop()
        self._epoch_s = clock.wall_ms() / 1000 - clock.monotonic()
        self._tasks = tasks
        self._connecting: set[asyncio.Task[None]] = set()
        self._tls = parts.scheme == "https"
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._host, self._port = address(parts)
        self._netloc = parts.netloc
        self._requests: dict[str, bytes] = {}

    def now(self) -> float:
        """Seconds since 1970 UTC, as they were at the start plus what passed: they never go back.

        Not the loop's time, which stands still while a herd of replies is read.
        """
        return clock.monotonic() + self._epoch_s

    def request(self, url: str) -> bytes | None:
        """The bytes that ask for ``url``; None when it is on another server."""
        request = self._requests.get(url)
        if request is None:
            if not url.startswith(self._base + "/"):
                return None
            if len(self._requests) >= _REQUESTS_MAX:
                self._requests.clear()
            target = url[len(self._base) :].partition("#")[0]
            request = self._requests[url] = (
                f"GET {target} HTTP/1.1\r\nHost: {self._netloc}\r\n"
                "User-Agent: manycast-load\r\nAccept: */*\r\n\r\n"
            ).encode()
        return request

    def open(self, owner: Owner, lane: int, request: bytes, sink: Sink | None) -> Connection:
        """A connection that sends ``request`` once it is there."""
        reader = ReplyReader(self.heads, self.settings.head_bytes_max, sink)
        connection = Connection(owner, lane, self.buffer, reader, request)
        task = self._tasks.create_task(connect(connection, self._host, self._port, tls=self._tls))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return connection

    def close(self) -> None:
        """Give up what is still connecting."""
        for task in self._connecting:
            task.cancel()

    def later(self, call: Callable[[], None]) -> None:
        self._loop.call_soon(call)


def address(parts: SplitResult) -> tuple[str, int]:
    """Where a URL's server listens. Raises LoadError."""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise LoadError("give a URL like http://HOST:8000/live/STREAM/index.m3u8")
    try:
        return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise LoadError(f"{parts.geturl()}: {error}") from error


class Peer:
    """One viewer with its two connections."""

    __slots__ = ("_body", "_connections", "_endless", "_tally", "_wire", "viewer")

    def __init__(self, viewer: AnyViewer, swarm: Swarm, wire: Wire) -> None:
        self.viewer = viewer
        self._endless = viewer if isinstance(viewer, FramesViewer) else None
        self._tally = swarm.tally
        self._wire = wire
        self._body: list[bytes] = []
        self._connections: list[Connection | None] = [None, None]

    def perform(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Drop):
                self._abandon(command.lane)
            else:
                self._get(command.lane, command.url)

    def _get(self, lane: int, url: str) -> None:
        request = self._wire.request(url)
        connection = self._connections[lane]
        if request is None:
            self._wire.later(lambda: self.lost(lane, "URL on another server"))
        elif connection is not None and connection.usable:
            connection.ask(request)
        else:
            self._abandon(lane)
            self._connections[lane] = self._wire.open(self, lane, request, self._sink(lane))

    def _sink(self, lane: int) -> Sink | None:
        if lane == PLAYLIST:
            return self._keep
        return self._watch if self._endless is not None else None

    def _keep(self, data: memoryview) -> None:
        self._body.append(bytes(data))
        if len(self._body) > 1 and sum(map(len, self._body)) > self._wire.settings.text_bytes_max:
            raise ReplyError(f"a playlist of more than {self._wire.settings.text_bytes_max} bytes")

    def _watch(self, data: memoryview) -> None:
        assert self._endless is not None
        self._tally.received(len(data))
        try:
            self._endless.data(data, self._wire.now())
        except MalformedError as error:
            raise ReplyError(str(error)) from error

    def _abandon(self, lane: int) -> None:
        connection = self._connections[lane]
        if connection is not None:
            connection.abandon()
            self._connections[lane] = None
        if lane == PLAYLIST:
            self._body.clear()

    def leave(self, now: float) -> None:
        """The run is over."""
        self.viewer.finish(now)
        for lane in range(len(self._connections)):
            self._abandon(lane)

    def replied(self, lane: int, head: Head, body_bytes: int) -> None:
        body = b""
        if lane == PLAYLIST:
            body = b"".join(self._body)
            self._body.clear()
        if lane == PLAYLIST or self._endless is None:
            self._tally.received(body_bytes)
        now = self._wire.now()
        self.perform(self.viewer.received(lane, head.status, body, head.age_s, now))

    def lost(self, lane: int, reason: str) -> None:
        self._abandon(lane)
        self.perform(self.viewer.failed(lane, reason, self._wire.now()))


class Run:
    """Starts the viewers over the ramp, keeps their time, ends them together."""

    def __init__(
        self, swarm: Swarm, wire: Wire, viewers: Sequence[AnyViewer], seconds: float
    ) -> None:
        self.outcome = Outcome()
        self._swarm = swarm
        self._wire = wire
        self._settings = swarm.settings
        self._seconds = seconds
        self._waiting = [Peer(viewer, swarm, wire) for viewer in viewers]
        self._peers: list[Peer] = []
        ramp_s = min(len(viewers) / self._settings.ramp_viewers_per_s, self._settings.ramp_s_max)
        self._per_s = len(viewers) / max(min(ramp_s, seconds / 2), self._settings.tick_s)

    async def play(self, progress: Callable[[float], None]) -> None:
        """Let the swarm watch; ``progress`` is called once a second with the seconds that passed."""
        began = self._wire.now()
        due = began
        while (now := self._wire.now()) < began + self._seconds and not self._over():
            self.outcome.lag.add(now - due)
            self._start_some(now, round((now - began) * self._per_s) + 1)
            self._keep_time(now)
            if now - began >= len(self._swarm.tally.rows) + 1:
                self._swarm.tally.close_row(now - began)
                progress(now - began)
            due = max(due + self._settings.tick_s, self._wire.now())
            await asyncio.sleep(due - self._wire.now())
        for peer in self._peers:
            peer.leave(now)
        self._wire.close()
        self._swarm.tally.close_row(now - began)
        self.outcome.seconds = now - began

    def _over(self) -> bool:
        return not self._waiting and all(peer.viewer.ended for peer in self._peers)

    def _start_some(self, now: float, until: int) -> None:
        while self._waiting and len(self._peers) < until:
            peer = self._waiting.pop()
            self._peers.append(peer)
            peer.perform(peer.viewer.start(now))
            if not self._waiting:
                gc.freeze()  # the swarm stays: no collection should walk it again

    def _keep_time(self, now: float) -> None:
        for peer in self._peers:
            if peer.viewer.next_deadline() <= now:
                peer.perform(peer.viewer.handle_timer(now))


async def watch(
    swarm: Swarm,
    viewers: Sequence[AnyViewer],
    seconds: float,
    progress: Callable[[float], None],
) -> Outcome:
    """Let ``viewers`` of one swarm watch for ``seconds``. Raises LoadError."""
    address(urlsplit(swarm.url))
    allow_files(2 * len(viewers) + SPARE_FILES)
    async with asyncio.TaskGroup() as tasks:
        wire = Wire(swarm.url, swarm.settings, tasks)
        run = Run(swarm, wire, viewers, seconds)
        used_s = cpu_s()
        await run.play(progress)
        run.outcome.cpu_share = (cpu_s() - used_s) / run.outcome.seconds
    return run.outcome


def allow_files(wanted: int) -> None:
    """Raise this process's limit of open files to what it needs. Raises LoadError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        if hard != resource.RLIM_INFINITY and hard < wanted:
            raise LoadError(
                f"{wanted} open files are needed and {hard} allowed:"
                f" start fewer viewers, or raise the limit (ulimit -Hn)"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def cpu_s() -> float:
    """Processor seconds this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
