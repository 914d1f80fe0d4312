"""Starts the origin: ingest, sessions, HTTP; stops it by draining."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from pathlib import Path

from manycast.media import ladder
from manycast.media.ladder import EncodeCosts, LadderPlan
from manycast.model.media import VideoConfig
from manycast.runtime import recorder, rtmp
from manycast.runtime.channels import Channels
from manycast.runtime.clock import SteadyWall
from manycast.runtime.ffmpeg import machine
from manycast.runtime.ffmpeg.binary import Binary, locate
from manycast.runtime.ffmpeg.encoders import encode_costs
from manycast.runtime.ffmpeg.srt import SrtAddress, SrtListener
from manycast.runtime.http.server import serve
from manycast.runtime.ingest import Door
from manycast.runtime.origin.broadcast import World
from manycast.runtime.origin.live import Live
from manycast.runtime.origin.site import Site
from manycast.runtime.pages import files
from manycast.settings.network import address
from manycast.settings.tree import Settings


log = logging.getLogger("manycast.origin")

TICK_S = 0.05
"""How often sessions look at the clock: half their own tick, so that slates are not late."""
COSTS = "encoder.json"
CHANNELS = "channels.json"
FIRST_CHANNEL = "live"
RECORDINGS = "recordings"


async def run(
    settings: Settings,
    directory: Path,
    stop: asyncio.Event,
    on_ready: Callable[[int, int], None] | None = None,
) -> None:
    """Serve until ``stop`` is set; ``on_ready`` is told the RTMP and HTTP ports. Raises OSError, ValueError or FfmpegError when it cannot start."""
    channels = Channels(directory / CHANNELS)
    channels.ensure(FIRST_CHANNEL)
    binary = await locate(settings.ladder.ffmpeg)
    costs = await encode_costs(binary, settings.ladder, directory / COSTS)
    await asyncio.to_thread(recorder.complete_all, directory / RECORDINGS)
    async with asyncio.TaskGroup() as tasks:
        planner = Planner(settings, costs)
        world = World(settings, SteadyWall(), planner.plan, binary, tasks, directory / RECORDINGS)
        live = Live(channels, world)
        planner.live = live
        site = Site(live, world, files.load())
        web = await serve(site, *address(settings.network.origin), settings.http)
        ingest = await rtmp.serve(*address(settings.network.rtmp), live, settings.rtmp)
        secure = await _rtmps(settings, live)
        log.info("RTMP on port %d, HTTP on port %d", ingest.port, web.port)
        if on_ready is not None:
            on_ready(ingest.port, web.port)
        listeners = [tasks.create_task(one.run()) for one in _srt(settings, binary, channels, live)]
        site.ready = True
        await _tick_until(stop, live)
        site.ready = False
        for listener in listeners:
            listener.cancel()
        for door in filter(None, (ingest, secure)):
            await door.close()
        live.stop()
        await web.close()


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


def _srt(settings: Settings, binary: Binary, channels: Channels, door: Door) -> list[SrtListener]:
    host, port = address(settings.network.srt)
    return [
        SrtListener(binary, SrtAddress(host or "0.0.0.0", port + number, key), door, _note)  # noqa: S104  the default: publishers come from anywhere
        for number, (_, key) in enumerate(channels.items())
        if number < settings.network.srt_channels_max
    ]


def _note(text: str) -> None:
    log.warning("%s", text)


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


async def _tick_until(stop: asyncio.Event, live: Live) -> None:
    while not stop.is_set():
        live.tick()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_S):
                await stop.wait()
