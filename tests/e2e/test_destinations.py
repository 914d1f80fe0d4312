"""Streams sent on by real processes to real receivers: nothing is lost, changed or delayed by a neighbour's trouble."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
import pytest
from bench.faults import Audience
from bench.link import link, listening_inside
from bench.platforms.certificates import authority
from bench.platforms.fidelity import Item, compare, recorded
from bench.platforms.receiver import Fault, Receiver
from bench.platforms.rules import ANY, YOUTUBE
from bench.platforms.sending import Sending, sending
from tests.e2e.network import STREAM, Network, network, publisher

from manycast.model.destinations import DestinationGrant
from manycast.runtime.destination import feed
from manycast.runtime.destination.feed import FeedError


pytestmark = pytest.mark.e2e

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
ROUND_TRIP_MS, LOSS = 300, 0.02


@dataclass
class Source:
    """A rendition as the origin has it, for as long as it is watched."""

    items: list[Item] = field(default_factory=list)

    async def watch(self, url: str, rendition: str) -> None:
        while True:
            try:
                await feed.frames(url, rendition, "", self.items.extend)
            except FeedError:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def watched(url: str, *renditions: str) -> AsyncIterator[list[Source]]:
    async with asyncio.TaskGroup() as group:
        sources = [Source() for _ in renditions]
        tasks = [
            group.create_task(source.watch(url, rendition))
            for source, rendition in zip(sources, renditions, strict=True)
        ]
        yield sources
        for task in tasks:
            task.cancel()


def feed_of(on: Network) -> str:
    return f"http://127.0.0.1:{on.origin}/live/{STREAM}/"


def grant(to: Receiver, rendition: str = "source") -> DestinationGrant:
    return DestinationGrant(id=to.name, name=to.name, url=to.url, key=to.key, rendition=rendition)


def trusting(folder: Path, ca: Path) -> Path:
    config = folder / "destination.toml"
    config.write_text(f'[destinations]\nca_file = "{ca}"\n')
    return config


def decoded(recording: Path) -> int:
    """Pictures that ffmpeg sees in it; it must not complain."""
    command = [FFMPEG, "-v", "error", "-i", str(recording), "-map", "0", "-f", "framemd5", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert not done.stderr, done.stderr
    return sum(line.startswith(b"0,") for line in done.stdout.splitlines())


async def seconds_more(receiver: Receiver, media_s: float) -> None:
    """Return when so much more media has come."""
    assert receiver.latest is not None
    until_ms = receiver.latest.last_ms + media_s * 1000
    await receiver.until(
        lambda: receiver.latest is not None and receiver.latest.last_ms >= until_ms
    )


async def test_every_destination_gets_its_rendition_frame_by_frame(tmp_path: Path) -> None:
    files = authority(tmp_path)
    plain = Receiver("plain", ANY, tmp_path)
    secure = Receiver("secure", YOUTUBE, tmp_path, authority=files)
    config = trusting(tmp_path, files.ca)
    async with network(tmp_path) as on, publisher(on, "640x360"), plain, secure:
        await on.on_air()
        url = feed_of(on)
        async with watched(url, "source", "180p") as (source, small):
            async with (
                sending(url, grant(plain), config),
                sending(url, grant(secure, "180p"), config),
            ):
                for receiver in (plain, secure):
                    await receiver.until(lambda one=receiver: one.live)  # type: ignore[misc]  # the loop's variable, as it is now
                    await seconds_more(receiver, 5)
            await secure.until(lambda: not secure.sittings[0].publishing)
    for receiver, rendition in ((plain, source), (secure, small)):
        (sitting,) = receiver.sittings
        seen = compare(recorded(sitting.recording), rendition.items)
        assert (seen.lost, seen.foreign, seen.backwards) == (0, 0, 0), seen
        assert seen.begins_with_keyframe
        assert seen.from_zero_ms == 0
        assert seen.out_of_step_ms <= 20, seen
        assert seen.shifted_ms <= 20, seen
        assert seen.pictures > 120
        assert decoded(sitting.recording) == seen.pictures
        assert sitting.clean


def troubled(folder: Path) -> list[Receiver]:
    never, resets = Receiver("never", ANY, folder), Receiver("resets", ANY, folder)
    never.fault, resets.fault = Fault.NEVER_READS, Fault.RESETS
    return [never, resets]


def may_link() -> bool:
    return os.geteuid() == 0 and Path("/dev/net/tun").exists()


async def far_away(stack: AsyncExitStack, folder: Path) -> Receiver | None:
    """Behind a delay and losses of its own; None without the right to make such a link."""
    if not may_link():
        return None
    namespace = stack.enter_context(link(ROUND_TRIP_MS, 0, "mcfar", loss=LOSS))
    far = Receiver("far", ANY, folder)
    await far.start(listening_inside(namespace))
    stack.push_async_callback(far.stop)
    return far


async def started(
    stack: AsyncExitStack, url: str, receivers: Sequence[Receiver]
) -> dict[str, Sending]:
    return {
        one.name: await stack.enter_async_context(sending(url, grant(one))) for one in receivers
    }


async def passes(true: Callable[[], bool]) -> None:
    """Return when it is true, of things that tell nobody."""
    async with asyncio.timeout(90):
        while not true():  # noqa: ASYNC110  viewers have no event to wait for
            await asyncio.sleep(0.05)


def still_well(far: Receiver, how: Sending) -> None:
    assert far.live
    assert how.sends
    assert how.latest.reconnects == 0
    assert (how.latest.round_trip_ms or 0) >= ROUND_TRIP_MS


async def viewers_of(on: Network, group: asyncio.TaskGroup) -> Audience:
    """From the moment that all of them have a picture."""
    audience = Audience(f"{on.url}/live/{STREAM}/index.m3u8", "source", 3)
    group.create_task(audience.watch())
    await passes(lambda: all(one.playback.end_s is not None for one in audience.viewers))
    audience.begin()
    return audience


def whole(receiver: Receiver, source: Source) -> None:
    """All that came in one connection is the source's, in its order, and all of it."""
    (sitting,) = receiver.sittings
    seen = compare(recorded(sitting.recording), source.items)
    assert (seen.lost, seen.foreign, seen.backwards) == (0, 0, 0), seen


async def test_a_destination_in_trouble_takes_nothing_from_viewers_and_others(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        on = await stack.enter_async_context(network(tmp_path))
        await stack.enter_async_context(publisher(on, "640x360"))
        await on.on_air()
        good, (never, resets) = Receiver("good", ANY, tmp_path), troubled(tmp_path)
        for receiver in (good, never, resets):
            await stack.enter_async_context(receiver)
        far = await far_away(stack, tmp_path)
        (source,) = await stack.enter_async_context(watched(feed_of(on), "source"))
        places = [good, never, resets, *([far] if far else [])]
        sends = await started(stack, feed_of(on), places)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        await good.until(lambda: good.live)
        audience = await viewers_of(on, group)
        # Long enough for three resets, and for giving up the one that never reads.
        await resets.until(lambda: len(resets.sittings) >= 4, 90)
        await never.until(lambda: len(never.sittings) >= 2, 90)
        if far is not None:
            still_well(far, sends["far"])
        seen = audience.seen(0.0)
        audience.leave()
        assert (seen.lost, seen.errors, seen.rejoins) == (0, {}, 0)
        await sends["resets"].until(lambda: sends["resets"].latest.reconnects >= 3)
        await sends["good"].stop()
        await good.until(lambda: not good.sittings[0].publishing)
        last_ms = sends["good"].latest.since_ms
        await passes(lambda: any(getattr(i, "dts_ms", 0) > last_ms for i in source.items[-9:]))
    whole(good, source)
    if far is None:
        pytest.skip("no right to make a link with losses; the rest of it holds")
    assert len(far.sittings) == 1
    there = compare(recorded(far.sittings[0].recording), source.items)
    assert (there.foreign, there.backwards) == (0, 0), there
