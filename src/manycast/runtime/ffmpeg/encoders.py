"""Which encoder to use here and what a frame costs: tried and measured once, then remembered."""

import asyncio
import json
import math
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from manycast.media.ladder import CostPoint, EncodeCosts, Rung
from manycast.runtime.ffmpeg import command, machine
from manycast.runtime.ffmpeg.binary import Binary, FfmpegError, capture
from manycast.settings.ladder import LadderSettings


TRIAL_TIMEOUT_S = 5.0
"""Opening a GPU takes up to two seconds; a broken driver hangs."""
MEASURE_TIMEOUT_S = 20.0
"""For one measurement, which takes well below a second of CPU."""
FRAMES = 60
"""Enough to outweigh the start of a process, few enough for a start in seconds."""
CLIP = Rung("clip", 1280, 720, 5_000_000, 30.0, 1)
SIZES = (
    Rung("small", 640, 360, 700_000, 30.0, 1),
    Rung("large", 1280, 720, 2_800_000, 30.0, 1),
)
"""Costs are nearly proportional to pixels: two points tell the rest."""
CPU_S_MIN = 1e-5
"""Per frame; a difference of two measurements can come out at nothing on a fast machine."""
PARALLEL_SINCE = 7
"""The first ffmpeg whose encoders run side by side; before, each frame went from one to the next."""
SERIAL_CORES_MAX = 0.5
"""What such an ffmpeg keeps up with: 33 ms for all rungs of a frame, and half of them in reserve."""
_VERSION = re.compile(r"n?(\d+)\.")
_BENCH = re.compile(r"bench: utime=([\d.]+)s stime=([\d.]+)s rtime=([\d.]+)s")


async def encode_costs(binary: Binary, settings: LadderSettings, cache: Path) -> EncodeCosts:
    """This machine's costs, measured in about four seconds unless ``cache`` holds them.

    Raises FfmpegError when not even x264 works.
    """
    tools = (binary.version, machine.processor(), f"{machine.cores():g} cores")
    key = "; ".join((*tools, *settings.presets, *settings.hardware))
    known = _remembered(cache, key)
    if known is not None:
        return known
    working = await detect(binary, settings.hardware)
    costs = await measure(binary, settings.presets, working[0] if working else None)
    _remember(cache, key, costs)
    return costs


async def detect(binary: Binary, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those that encode a few frames here, in the given order; ValueError for an unknown name."""
    trials = [command.trial(binary.path, name) for name in names]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_works(trial)) for trial in trials]
    return tuple(name for name, task in zip(names, tasks, strict=True) if task.result())


async def _works(trial: list[str]) -> bool:
    try:
        await capture(trial, TRIAL_TIMEOUT_S)
    except FfmpegError:
        return False
    return True


async def measure(binary: Binary, presets: tuple[str, ...], hardware: str | None) -> EncodeCosts:
    """One process at a time, each on a clip that is harder than most streams."""
    clip, _ = await capture(command.hard_clip(binary.path, CLIP, FRAMES), MEASURE_TIMEOUT_S)
    decode_s, _ = await _timed(binary, clip, None, "libx264", "")
    name = hardware or "libx264"
    points = {}
    for preset in presets if hardware is None else ("",):
        points[preset] = tuple(
            [await _point(binary, clip, size, (name, preset), decode_s) for size in SIZES]
        )
    reach = cores_max(binary.version)
    return EncodeCosts(name, decode_s / FRAMES / _megapixels(CLIP), points, reach)


def cores_max(version: str) -> float:
    """Of one ladder; versions without a number are builds of the latest source."""
    release = _VERSION.match(version)
    return SERIAL_CORES_MAX if release and int(release[1]) < PARALLEL_SINCE else math.inf


async def _point(
    binary: Binary, clip: bytes, size: Rung, how: tuple[str, str], decode_s: float
) -> CostPoint:
    cpu_s, wall_s = await _timed(binary, clip, size, *how)
    # A GPU is busy while the CPU waits: its share of the stream's time counts like a core's.
    spent = cpu_s if how[0] == "libx264" else max(cpu_s, wall_s)
    return CostPoint(_megapixels(size), max(CPU_S_MIN, (spent - decode_s) / FRAMES))


async def _timed(
    binary: Binary, clip: bytes, rung: Rung | None, name: str, preset: str
) -> tuple[float, float]:
    """CPU and wall seconds."""
    argv = command.timed(binary.path, rung, name, preset)
    _, words = await capture(argv, MEASURE_TIMEOUT_S, clip)
    found = _BENCH.search(words.decode(errors="replace"))
    if not found:
        raise FfmpegError(f"{binary.path} reports no times with -benchmark: use ffmpeg 5 or later")
    user, system, wall = (float(text) for text in found.groups())
    return user + system, wall


def _megapixels(rung: Rung) -> float:
    return rung.width * rung.height / 1e6


def _remember(cache: Path, key: str, costs: EncodeCosts) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps({"key": key, "costs": asdict(costs)}, indent=1))


def _remembered(cache: Path, key: str) -> EncodeCosts | None:
    """None when there is nothing, or something of another machine or version."""
    if not cache.exists():
        return None
    try:
        held: dict[str, Any] = json.loads(cache.read_text())
        if held["key"] != key:
            return None
        costs = held["costs"]
        presets = {
            name: tuple(CostPoint(**point) for point in points)
            for name, points in costs["presets"].items()
        }
        return EncodeCosts(**{**costs, "presets": presets})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # cut short or edited: measuring again mends it
