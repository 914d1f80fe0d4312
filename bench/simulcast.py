"""What it costs to send a stream on, and how much later it gets there: one destination, twenty of one stream, and an
ffmpeg that copies the same frames to the same receiver.

usage: python -m bench.simulcast [--seconds 20] [--many 20] [--size 1920x1080] [--kbps 6000] [--json]

Delay is from a frame's arrival at a reader of the origin's feed to its arrival at the receiver, both in this process.
"""

import argparse
import asyncio
import json
import statistics
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.link import first
from bench.network import CHANNEL, FFMPEG, Network, make_clip, network
from bench.platforms.fidelity import Item, compare, recorded
from bench.platforms.receiver import Receiver
from bench.platforms.rules import ANY
from bench.platforms.sending import sending

from manycast.model.destinations import DestinationGrant
from manycast.model.media import VideoFrame
from manycast.runtime.destination import feed


SETTINGS = "[ladder]\nhardware = []\ntargets = []\n"
WARM_UP_S = 4.0
"""After all are live: queues are empty and caches warm."""
LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    core_percent: float
    """Of one core, all processes that send together."""
    origin_percent: float
    megabytes: float
    """Proportional set size of all processes that send."""
    delay_ms_median: float
    delay_ms_p99: float
    lost: int
    """Frames of the source that did not arrive, all receivers together."""


class Tap:
    """The feed as this process reads it."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.arrived: dict[int, float] = {}
        """By media time of a picture."""
        self.begun = asyncio.Event()

    def take(self, items: Sequence[Item]) -> None:
        now = asyncio.get_running_loop().time()
        self.items += items
        self.begun.set()
        self.arrived |= {item.dts_ms: now for item in items if isinstance(item, VideoFrame)}

    async def read(self, url: str) -> None:
        """From the moment that there is something to read."""
        while True:
            try:
                await feed.frames(url, "source", "", self.take)
            except feed.FeedError:
                if self.items:
                    raise
            await asyncio.sleep(LOOK_S)


def busy_s(pid: int) -> float:
    """Seconds on a core, all threads, to the microsecond."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def delays_ms(receiver: Receiver, tap: Tap) -> list[float]:
    """Of each picture but the first ones, which waited for a connection."""
    (sitting,) = receiver.sittings
    begin = next(item for item in recorded(sitting.recording) if isinstance(item, VideoFrame))
    came = next(at for kind, at, _, _ in sitting.times if kind == "v")
    # A clip that repeats has the same picture again and again: the nearest is meant.
    alike = [
        item.dts_ms
        for item in tap.items
        if isinstance(item, VideoFrame) and item.data == begin.data
    ]
    base_ms = min(alike, key=lambda time_ms: abs(tap.arrived[time_ms] - came)) - begin.dts_ms
    return [
        (at - tap.arrived[time_ms + base_ms]) * 1000
        for kind, at, time_ms, _ in sitting.times
        if kind == "v" and at > sitting.began_s + WARM_UP_S and time_ms + base_ms in tap.arrived
    ]


def grant(receiver: Receiver) -> DestinationGrant:
    name, url, key = receiver.name, receiver.url, receiver.key
    return DestinationGrant(id=name, name=name, url=url, key=key, rendition="source")


@asynccontextmanager
async def copying(url: str, receiver: Receiver) -> AsyncIterator[int]:
    """The rival's process."""
    process = await asyncio.create_subprocess_exec(
        *(*FFMPEG, "-fflags", "nobuffer", "-i", f"{url}source/frames.mp4", "-c", "copy"),
        *("-f", "flv", f"{receiver.url}/{receiver.key}"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


async def measure(running: Network, what: str, folder: Path, count: int, seconds: float) -> Row:
    url = f"http://127.0.0.1:{running.ports['origin']}/live/{CHANNEL}/"
    tap = Tap()
    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(asyncio.TaskGroup())
        reading = group.create_task(tap.read(url))
        await tap.begun.wait()
        receivers = [Receiver(f"{what[0]}{n}", ANY, folder, timed=True) for n in range(count)]
        for one in receivers:
            await stack.enter_async_context(one)
        if what == "ffmpeg -c copy":
            pids = [await stack.enter_async_context(copying(url, one)) for one in receivers]
        else:
            pids = [
                (await stack.enter_async_context(sending(url, grant(one)))).pid for one in receivers
            ]
        for one in receivers:
            await one.until(lambda one=one: one.live)  # type: ignore[misc]  # the loop's variable, as it is now
        await asyncio.sleep(WARM_UP_S)
        origin = running.role("origin")
        before, origin_before = sum(map(busy_s, pids)), busy_s(origin)
        await asyncio.sleep(seconds)
        busy, origin_busy = sum(map(busy_s, pids)) - before, busy_s(origin) - origin_before
        size = sum(map(megabytes, pids))
        reading.cancel()
        for one in receivers:
            await one.stop()
    times = sorted(delay for one in receivers for delay in delays_ms(one, tap))
    lost = sum(compare(recorded(one.sittings[0].recording), tap.items).lost for one in receivers)
    return Row(
        f"{what} x {count}",
        round(100 * busy / seconds, 2),
        round(100 * origin_busy / seconds, 2),
        round(size, 1),
        round(statistics.median(times), 2),
        round(times[int(len(times) * 0.99)], 2),
        lost,
    )


async def run(running: Network, folder: Path, many: int, seconds: float) -> list[Row]:
    rows = []
    for what, count in (("manycast", 1), ("ffmpeg -c copy", 1), ("manycast", many)):
        place = folder / f"{len(rows)}"
        place.mkdir()
        rows.append(await measure(running, what, place, count, seconds))
        print(rows[-1], file=sys.stderr)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--many", type=int, default=20)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--kbps", type=int, default=6000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    first(0)
    with TemporaryDirectory() as name:
        folder = Path(name)
        make_clip(folder / "clip.flv", arguments.size, arguments.kbps * 1000)
        with network(folder / "data", SETTINGS, log=folder / "log.txt") as running:
            running.broadcast(folder / "clip.flv")
            rows = asyncio.run(run(running, folder, arguments.many, arguments.seconds))
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))
        return
    print(f"{'':20} {'core':>8} {'origin':>8} {'memory':>9} {'delay':>9} {'p99':>9}  lost")
    for row in rows:
        print(
            f"{row.what:20} {row.core_percent:6.2f} % {row.origin_percent:6.2f} % {row.megabytes:6.1f} MB"
            f" {row.delay_ms_median:6.2f} ms {row.delay_ms_p99:6.2f} ms  {row.lost}"
        )


if __name__ == "__main__":
    main()
