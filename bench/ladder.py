"""What ladders cost and how late they are: one stream in real time through the live transcoder."""

import argparse
import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvloop

from manycast.media import flv
from manycast.media.ladder import EncodeCosts, LadderPlan, Rung, plan
from manycast.model.media import VideoConfig, VideoFrame
from manycast.runtime.ffmpeg import command
from manycast.runtime.ffmpeg.binary import Binary, capture, locate
from manycast.runtime.ffmpeg.encoders import encode_costs
from manycast.runtime.ffmpeg.transcoder import Transcoder
from manycast.settings.ladder import LadderSettings


SOURCE = Rung("source", 1920, 1080, 8_000_000, 30.0, 1)
LADDERS = (("360p", "720p"), ("360p", "480p", "720p"), ("360p", "480p", "720p", "source"))
CLIP_S = 4
WARM_UP_S = 1.0
"""Left out of the delays: the child starts."""
UNLIMITED_CORES = 1e9
RARE_MS = 10_000


async def source(binary: Binary) -> tuple[VideoConfig, list[VideoFrame]]:
    words = command.hard_clip(binary.path, SOURCE, CLIP_S * round(SOURCE.frame_rate))
    clip, _ = await capture(words, 120)
    media = flv.Demuxer().feed(clip)
    config = next(item for item in media if isinstance(item, VideoConfig))
    return config, [item for item in media if isinstance(item, VideoFrame)]


def ladder(
    config: VideoConfig, names: tuple[str, ...], preset: str, costs: EncodeCosts
) -> LadderPlan:
    """The named rungs at one preset, as the planner would make and price them."""
    settings = LadderSettings()
    only = replace(
        settings, targets=tuple(target for target in settings.targets if target.name in names)
    )
    priced = replace(costs, presets={preset: costs.presets[preset]})
    interval_ms = RARE_MS if "source" in names else 1000
    return plan(config, interval_ms, priced, UNLIMITED_CORES, only)


async def play(
    binary: Binary, clip: tuple[VideoConfig, list[VideoFrame]], ladder: LadderPlan, seconds: float
) -> dict[str, Any]:
    config, frames = clip
    fed: dict[int, float] = {}
    delays: list[float] = []

    def media(_: str, item: VideoConfig | VideoFrame) -> None:
        if isinstance(item, VideoFrame) and item.dts_ms > WARM_UP_S * 1000:
            delays.append((time.perf_counter() - fed[item.dts_ms]) * 1000)

    work = Transcoder(binary, ladder, config, media, print)
    async with asyncio.TaskGroup() as group:
        group.create_task(work.run())
        own = time.process_time()
        start = time.perf_counter()
        for index in range(round(seconds * SOURCE.frame_rate)):
            at_s = index / SOURCE.frame_rate
            await asyncio.sleep(max(0.0, start + at_s - time.perf_counter()))
            frame = replace(frames[index % len(frames)], dts_ms=round(at_s * 1000))
            fed[frame.dts_ms] = time.perf_counter()
            work.feed(frame)
        used, own = work.statistics(), time.process_time() - own
        work.finish()
    return {
        "ffmpeg": binary.version,
        "rungs": [rung.name for rung in ladder.rungs],
        "preset": ladder.preset,
        "cpu_s_per_s": round(used.cpu_s / seconds, 3),
        "planned_cpu_s_per_s": round(ladder.cores, 3),
        "python_cpu_s_per_s": round(own / seconds, 4),
        "added_ms": {"p50": quantile(delays, 0.5), "p95": quantile(delays, 0.95)},
        "dropped_frames": used.dropped_frames,
    }


def quantile(values: list[float], share: float) -> float | None:
    return round(sorted(values)[int(share * (len(values) - 1))], 1) if values else None


async def measure(path: str | None, seconds: float) -> list[dict[str, Any]]:
    binary = await locate(path)
    with TemporaryDirectory() as directory:
        costs = await encode_costs(binary, LadderSettings(), Path(directory) / "costs.json")
    clip = await source(binary)
    return [
        await play(binary, clip, ladder(clip[0], names, preset, costs), seconds)
        for names in LADDERS
        for preset in reversed(costs.presets)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each ladder and preset")
    parser.add_argument("--ffmpeg", help="path of the ffmpeg to measure")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = uvloop.run(measure(arguments.ffmpeg, arguments.seconds))
    if arguments.json:
        print(json.dumps({"source": "1080p30 with film grain", "results": results}))
        return
    for row in results:
        print(
            f"{'+'.join(row['rungs']):24} {row['preset']:10} ffmpeg {row['cpu_s_per_s']:.2f} cores"
            f" (planned {row['planned_cpu_s_per_s']:.2f}), Python {row['python_cpu_s_per_s']:.2%},"
            f" added {row['added_ms']['p50']} ms (p95 {row['added_ms']['p95']}),"
            f" dropped {row['dropped_frames']}"
        )


if __name__ == "__main__":
    main()
