"""What viewers see when parts of a running network die: one network, the same viewers throughout.

The viewers are those of `manycast load`: they ask, time out and give up as hls.js does, and go on the
moment media arrives. Half of them watch the passed-through source, half a rung of the ladder. Filling
the disk needs root, for a small disk of its own.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import uvloop
from bench.network import Network, children, network, words

from manycast.hls.viewer import Viewer
from manycast.hls.viewer_swarm import Swarm
from manycast.runtime.load import watch
from manycast.settings.load import LoadSettings


RUNG = "90p"
SETTINGS = f"""
[ladder]
hardware = []
targets = [{{name = "{RUNG}", short_side = 90, bitrate_bps = 100000, frame_rate_max = 30.0}}]
[recording]
enabled = true
free_bytes_min = 0
retry_s = 2.0
"""
PICTURE = ("--size", "320x180", "--fps", "30", "--gop", "1")
DISK_BYTES = 24_000_000
VIEWERS = 4
"""Of each rendition."""
LOOK_S = 0.05
"""How often viewers are looked at: the table's figures are this fine."""
STEADY_S = 3.0
"""Viewers whose buffer ends this close to now have caught up."""
CALM_S = 1.0
"""Time between a recovery and the next fault."""
PATIENCE_S = 40.0
FROZEN_S = 5.0


@dataclass
class Seen:
    """What one rendition's viewers saw of one fault; seconds."""

    new_parts_after_s: float = 0.0
    """Longest wait of any viewer for its next part."""
    stall_s: float = 0.0
    """Longest total stall of any viewer."""
    still_s: float = 0.0
    """Media that only repeats the last keyframe."""
    stalled: int = 0
    """Viewers that stalled."""
    errors: dict[str, int] = field(default_factory=dict)
    rejoins: int = 0
    lost: int = 0
    """Viewers that do not watch again."""


class Audience:
    """The viewers of one rendition."""

    def __init__(self, url: str, rendition: str, count: int) -> None:
        self.swarm = Swarm(url, LoadSettings(), rendition=rendition, hint=False)
        self.viewers = [Viewer(self.swarm) for _ in range(count)]
        self.begin()

    async def watch(self) -> None:
        await watch(self.swarm, self.viewers, 3600, lambda _: None)

    def leave(self) -> None:
        for viewer in self.viewers:
            viewer.ended = True

    def begin(self) -> None:
        """Count from now on."""
        self._from_s = time.time()
        self._stalls = [viewer.playback.stalled_s for viewer in self.viewers]
        self._errors = self.swarm.tally.errors.copy()
        self._rejoins = self.swarm.tally.rejoins
        self._ends = [viewer.playback.end_s for viewer in self.viewers]
        self._grew = [self._from_s] * len(self.viewers)
        self._longest = [0.0] * len(self.viewers)

    def look(self) -> None:
        """Note whose buffer has grown since the last look."""
        now = time.time()
        for number, viewer in enumerate(self.viewers):
            end_s = viewer.playback.end_s
            if end_s is not None and end_s != self._ends[number]:
                self._ends[number] = end_s
                self._longest[number] = max(self._longest[number], now - self._grew[number])
                self._grew[number] = now

    def well(self, since_s: float) -> bool:
        """Whether every viewer has media made after ``since_s`` and up to about now."""
        edge = max(since_s, time.time() - STEADY_S)
        return all((viewer.playback.end_s or 0.0) > edge for viewer in self.viewers)

    def seen(self, since_s: float) -> Seen:
        tally, edge = self.swarm.tally, max(since_s, time.time() - STEADY_S)
        stalls = [
            viewer.playback.stalled_s - before
            for viewer, before in zip(self.viewers, self._stalls, strict=True)
        ]
        return Seen(
            new_parts_after_s=round(max(self._longest), 2),
            stall_s=round(max(stalls), 2),
            still_s=round(self._still_s(), 2),
            stalled=sum(stall > 0 for stall in stalls),
            errors=dict(tally.errors - self._errors),
            rejoins=tally.rejoins - self._rejoins,
            lost=sum((viewer.playback.end_s or 0.0) <= edge for viewer in self.viewers),
        )

    def _still_s(self) -> float:
        """Parts in the middle of a segment that stand alone: the broadcaster sends none such."""
        timeline = self.swarm.timeline
        parts = timeline.parts.values() if timeline else ()
        return sum(
            piece.duration_s
            for piece in parts
            if piece.independent and piece.part > 0 and piece.start_s >= self._from_s - 1.0
        )


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    inflict: Callable[[Network], Awaitable[None]]
    media_after_s: float = 1.0
    """Only media made this long after the fault counts as recovered."""


async def kill_encoder(running: Network) -> None:
    ffmpegs = [pid for pid in children(running.role("origin")) if "filter_complex" in words(pid)]
    os.kill(ffmpegs[-1], signal.SIGKILL)


async def kill_edge(running: Network) -> None:
    os.kill(running.role("edge"), signal.SIGKILL)


async def kill_origin(running: Network) -> None:
    os.kill(running.role("origin"), signal.SIGKILL)


async def cut_publisher(running: Network) -> None:
    os.kill(children(running.publisher)[-1], signal.SIGKILL)


async def freeze_publisher(running: Network) -> None:
    frozen = [running.publisher, *children(running.publisher)]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(FROZEN_S)
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)


async def fill_disk(running: Network) -> None:
    """Take what is left until the recording says so, then give it back."""
    filler = running.folder / "recordings" / "filler"
    said = running.log.count("recording of live stopped")
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65_536))
    await _until(lambda: running.log.count("recording of live stopped") > said)
    filler.unlink()


FAULTS = (
    Fault("the ladder's ffmpeg is killed", kill_encoder),
    Fault("the edge is killed", kill_edge),
    Fault("the disk is full", fill_disk, 3.0),
    Fault("the origin is killed", kill_origin),
    Fault("the publisher's connection is cut", cut_publisher),
    Fault("the publisher hangs for 5 s", freeze_publisher, FROZEN_S + 1.0),
)


async def _until(true: Callable[[], bool], look: Callable[[], None] = lambda: None) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        look()
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_S)
    return True


async def measure(
    running: Network, faults: tuple[Fault, ...], count: int
) -> list[dict[str, object]]:
    """Inflict one fault after the other; raises TimeoutError when viewers cannot even begin."""
    audiences = {name: Audience(running.url, name, count) for name in ("source", RUNG)}
    rows: list[dict[str, object]] = []
    async with asyncio.TaskGroup() as group:
        for audience in audiences.values():
            group.create_task(audience.watch())
        try:
            began_s = time.time()
            if not await _until(lambda: all(a.well(began_s) for a in audiences.values())):
                raise TimeoutError("the viewers never had a picture:\n" + running.log)
            rows = [await _endure(running, fault, audiences) for fault in faults]
        finally:
            for audience in audiences.values():
                audience.leave()
    return rows


async def _endure(
    running: Network, fault: Fault, audiences: dict[str, Audience]
) -> dict[str, object]:
    await asyncio.sleep(CALM_S)
    for audience in audiences.values():
        audience.begin()
    since_s = time.time() + fault.media_after_s

    def look() -> None:
        for audience in audiences.values():
            audience.look()

    def recovered() -> bool:
        look()
        return time.time() > since_s and all(one.well(since_s) for one in audiences.values())

    async with asyncio.TaskGroup() as group:
        group.create_task(fault.inflict(running))
        await _until(recovered)
    seen = {name: asdict(audience.seen(since_s)) for name, audience in audiences.items()}
    return {"fault": fault.name, **seen}


@contextlib.contextmanager
def small_disk(parent: Path) -> Iterator[Path | None]:
    """A folder with a disk of its own that is quickly full; None without the right to mount one."""
    folder = parent / "disk"
    folder.mkdir()
    options = f"size={DISK_BYTES}"
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)],  # noqa: S607  wherever the system has it
            check=False, capture_output=True,
        ).returncode == 0
    )  # fmt: skip
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


def run(parent: Path, count: int = VIEWERS) -> tuple[list[dict[str, object]], str]:
    """All faults on one network: a row for each, and what the network said."""
    with small_disk(parent) as disk:
        faults = tuple(fault for fault in FAULTS if disk or fault.inflict is not fill_disk)
        with network(disk or parent / "data", SETTINGS, log=parent / "log.txt") as running:
            running.publish(*PICTURE)
            rows = uvloop.run(measure(running, faults, count))
        return rows, running.log


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--viewers", type=int, default=VIEWERS, help="of each rendition")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--log", action="store_true", help="print what the network said")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows, said = run(Path(folder), arguments.viewers)
    if arguments.log:
        print(said)
    if arguments.json:
        print(json.dumps(rows))
        return
    print(
        f"{'fault':34} {'viewers of':10} {'new parts':>9} {'stall':>7} {'still':>7}  errors, rejoins, lost"
    )
    for row in rows:
        for name in ("source", RUNG):
            seen = Seen(**row[name])  # type: ignore[arg-type]
            print(
                f"{row['fault']:34} {name:10} {seen.new_parts_after_s:7.2f} s {seen.stall_s:5.2f} s"
                f" {seen.still_s:5.2f} s  {seen.errors or '-'}, {seen.rejoins}, {seen.lost}"
            )


if __name__ == "__main__":
    main()
