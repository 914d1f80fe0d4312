"""Starts the origin: ingest, sessions, HTTP; stops it by draining."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from manycast.media import ladder
from manycast.media.ladder import EncodeCosts, LadderPlan
from manycast.model.fleet import ChannelGrant, NodeRole
from manycast.model.media import VideoConfig
from manycast.origin.grants import grants_of
from manycast.runtime import processes, recorder, rtmp
from manycast.runtime.channels import Channels
from manycast.runtime.clock import SteadyWall
from manycast.runtime.ffmpeg import machine
from manycast.runtime.ffmpeg.binary import locate
from manycast.runtime.ffmpeg.encoders import encode_costs
from manycast.runtime.fleet_token import fleet_token
from manycast.runtime.grants import FILE as GRANTS, Grants
from manycast.runtime.http.client import Parent
from manycast.runtime.http.server import serve
from manycast.runtime.identity import identity
from manycast.runtime.link import Link
from manycast.runtime.origin.broadcast import World
from manycast.runtime.origin.destinations import Destinations
from manycast.runtime.origin.live import Live
from manycast.runtime.origin.report import OriginReport
from manycast.runtime.origin.sending import Means
from manycast.runtime.origin.shelf import Shelf
from manycast.runtime.origin.site import Site
from manycast.runtime.origin.srt import SrtPorts
from manycast.runtime.origin.whip import Whip
from manycast.runtime.pages import files
from manycast.runtime.reporting import Reporting
from manycast.settings.control import ControlSettings
from manycast.settings.network import address, joined
from manycast.settings.tree import Settings


log = logging.getLogger("manycast.origin")

TICK_S = 0.05
"""How often sessions look at the clock: half their own tick, so that slates are not late."""
COSTS = "encoder.json"
CHANNELS = "channels.json"
FIRST_CHANNEL = "live"
RECORDINGS = "recordings"
SENDER = processes.role("destination")
_LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  looked up, not listened on
ADMISSIONS_MAX = 8
"""Questions about keys to the control role at once: broadcasters that reconnect all together."""


async def run(
    settings: Settings,
    directory: Path,
    stop: asyncio.Event,
    on_ready: Callable[[int, int], None] | None = None,
    sender: Sequence[str] = SENDER,
) -> None:
    """Serve until ``stop`` is set; ``on_ready`` is told the RTMP and HTTP ports, ``sender`` is the command that
    sends a stream to one destination. Raises OSError, ValueError or FfmpegError when it cannot start."""
    channels = Channels(directory / CHANNELS)
    channels.ensure(FIRST_CHANNEL)
    binary = await locate(settings.ladder.ffmpeg)
    costs = await encode_costs(binary, settings.ladder, directory / COSTS)
    shelf = await asyncio.to_thread(_shelf, directory / RECORDINGS)
    async with AsyncExitStack() as stack:
        control = await _control(settings.control, directory, stack)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        granted = grants_of(channels.items(), recording=settings.recording.enabled)
        grants = Grants(granted) if control is None else control.grants(granted, directory)
        planner = Planner(settings, costs)
        world = World(settings, SteadyWall(), planner.plan, binary, tasks, shelf)
        live = Live(grants, world)
        planner.live = live
        site = Site(live, world, files.load(), "" if control is None else control.token)
        web = await serve(site, *address(settings.network.origin), settings.http)
        site.destinations = destinations = Destinations(
            Means(sender, world.clock, tasks),
            _feed(settings, web.port),
            settings.destinations.running_max,
        )
        ingest = await rtmp.serve(*address(settings.network.rtmp), live, settings.rtmp)
        secure = await _rtmps(settings, live)
        log.info("RTMP on port %d, HTTP on port %d", ingest.port, web.port)
        if on_ready is not None:
            on_ready(ingest.port, web.port)
        srt = SrtPorts(settings.network, binary, grants, live, tasks)
        srt.follow()
        grants.changed = partial(_follow, live, srt)
        reporting = (
            None
            if control is None
            else _reporting(control, settings, web.port, live, shelf, destinations)
        )
        beside = [tasks.create_task(shelf.watch_disk())]
        if reporting is not None:
            shelf.changed = live.changed = destinations.changed = reporting.hurry
            beside.append(tasks.create_task(reporting.run()))
        site.ready = True
        await _tick_until(stop, live, destinations)
        site.ready = False
        srt.close()
        await _end(filter(None, (ingest, secure)), site.whip, live, destinations)
        for task in beside:
            task.cancel()
        if reporting is not None:
            await reporting.report()
        await web.close()


def _shelf(root: Path) -> Shelf:
    """With every recording that an end without notice left unfinished finished."""
    recorder.complete_all(root)
    shelf = Shelf(root)
    shelf.load()
    return shelf


def _follow(live: Live, srt: SrtPorts, before: tuple[ChannelGrant, ...]) -> None:
    live.follow(before)
    srt.follow()


@dataclass(frozen=True, slots=True)
class _Control:
    """How this origin speaks to the control role: of keys beside its reports."""

    token: str
    reports: Link
    keys: Link

    def grants(self, granted: tuple[ChannelGrant, ...], directory: Path) -> Grants:
        return Grants(granted, directory / GRANTS, self.keys)


async def _control(
    settings: ControlSettings, directory: Path, stack: AsyncExitStack
) -> _Control | None:
    """None without one; raises ValueError or OSError for a URL or a token that are no use."""
    if not settings.url:
        return None
    parent = Parent.of_url(settings.url)
    token = fleet_token(settings.token_file, directory)
    return _Control(
        token,
        await stack.enter_async_context(Link(parent, token)),
        await stack.enter_async_context(Link(parent, token, ADMISSIONS_MAX)),
    )


def _reporting(
    control: _Control,
    settings: Settings,
    port: int,
    live: Live,
    shelf: Shelf,
    destinations: Destinations,
) -> Reporting:
    listens = address(settings.network.origin)[0], port
    own = identity(NodeRole.ORIGIN, listens, control.reports.control, settings.control.node_url)
    report = OriginReport(own, live, shelf, settings, destinations)
    return Reporting(control.reports, report, report.answered, settings.control.report_ms)


def _feed(settings: Settings, port: int) -> str:
    """Where this machine reads all streams."""
    host = address(settings.network.origin)[0]
    return f"http://{joined(_LOOPBACK.get(host, host), port)}/live/"


async def _rtmps(settings: Settings, live: Live) -> rtmp.Listener | None:
    """RTMP over TLS where it is set up; raises OSError naming an unreadable certificate."""
    if not settings.network.rtmps:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(settings.network.certificate)
    except OSError as error:
        raise OSError(f"network.certificate {settings.network.certificate!r}: {error}") from error
    place = address(settings.network.rtmps)
    return await rtmp.serve(*place, live, settings.rtmp, tls=context)


class Planner:
    """Plans ladders within what the other streams leave of the machine."""

    def __init__(self, settings: Settings, costs: EncodeCosts) -> None:
        self.live: Live | None = None
        self._settings = settings.ladder
        self._costs = costs
        self._cores = machine.cores() * settings.ladder.machine_share

    def plan(self, source: VideoConfig, keyframe_interval_ms: int) -> LadderPlan:
        used = sum(b.cores for b in self.live.broadcasts.values()) if self.live else 0.0
        return ladder.plan(
            source, keyframe_interval_ms, self._costs, self._cores - used, self._settings
        )


async def _end(
    doors: Iterable[rtmp.Listener], whip: Whip, live: Live, destinations: Destinations
) -> None:
    """Publishers are sent away, viewers and platforms told that it is over."""
    for door in doors:
        await door.close()
    await whip.stop()
    live.stop()
    await destinations.stop()


async def _tick_until(stop: asyncio.Event, live: Live, destinations: Destinations) -> None:
    while not stop.is_set():
        live.tick()
        states = {str(name): one.session.state for name, one in live.broadcasts.items()}
        destinations.follow(live.grants.channels, states)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_S):
                await stop.wait()
