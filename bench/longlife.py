"""Whether memory and open files stay flat: the whole network with a broadcaster and viewers, for minutes or hours."""

import argparse
import asyncio
import json
import os
import socket
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from manycast.runtime.channels import Channels
from manycast.runtime.origin.role import CHANNELS, FIRST_CHANNEL


SAMPLE_S = 10.0
WARM_UP_SHARE = 0.25
"""Of the run, left out: the DVR window, caches and allocators fill."""
WARM_UP_S_MIN = 180.0
SLOPE_MB_MAX = 12.0
"""Per hour and process; 15 minutes of it are 3 MB, which allocators also do by themselves."""
FILES_MAX = 2
"""A snapshot's pipes may be open at the moment one looks."""
VIEWERS = 5
CACHE_BYTES = 16_000_000
"""Of the edge: full within the warm-up, so that what grows afterwards is a leak."""
END_S = 15.0
MANYCAST = (sys.executable, "-m", "manycast.cli")

Samples = dict[str, list[tuple[float, float, int]]]
"""For each process by name: (seconds, resident megabytes, open files)."""


def children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from children(child)


def label(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    if "ffmpeg" in words[0]:
        parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        return f"ffmpeg of {label(parent)}"
    roles = {"up", "control", "origin", "edge", "demo", "load"}
    return next((word for word in words if word in roles), words[0])


def look(pid: int, seconds: float, into: Samples) -> None:
    """Add a sample of a process; one that ended meanwhile is none."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        files = len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208  counted, never opened
        name = label(pid)
    except (FileNotFoundError, ProcessLookupError):
        return
    into[name].append((seconds, pages * os.sysconf("SC_PAGE_SIZE") / 1e6, files))


def slope(points: list[tuple[float, float]]) -> float:
    """Of the least squares line, per second."""
    count = len(points)
    mean_x, mean_y = (sum(axis) / count for axis in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@asynccontextmanager
async def running(*words: str, quiet: bool = False) -> AsyncIterator[asyncio.subprocess.Process]:
    output = asyncio.subprocess.DEVNULL if quiet else None
    child = await asyncio.create_subprocess_exec(*MANYCAST, *words, stdout=output)
    try:
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
        async with asyncio.timeout(END_S):
            await child.wait()


async def watch(minutes: float, size: str) -> Samples:
    samples: Samples = defaultdict(list)
    with TemporaryDirectory() as name:
        folder = Path(name)
        key = Channels(folder / CHANNELS).ensure(FIRST_CHANNEL)
        rtmp, origin, edge, control = (free_port() for _ in range(4))
        config = folder / "settings.toml"
        network = {"rtmp": rtmp, "origin": origin, "edge": edge, "control": control}
        lines = [f'{role} = "127.0.0.1:{port}"' for role, port in network.items()]
        edge_lines = [
            "[edge]",
            f"memory_bytes = {CACHE_BYTES}",
            f"object_bytes_max = {CACHE_BYTES // 4}",
        ]
        config.write_text("\n".join(["[network]", *lines, "srt_channels_max = 0", *edge_lines, ""]))
        url = f"rtmp://127.0.0.1:{rtmp}/live/{key}"
        watched = f"http://127.0.0.1:{edge}/live/{FIRST_CHANNEL}/index.m3u8"
        seconds = str(minutes * 60)
        load = ("load", watched, "--viewers", str(VIEWERS), "--seconds", seconds)
        async with running(
            "up", "--dir", name, "--config", str(config), quiet=True
        ) as network_child:
            await asyncio.sleep(5)
            async with running("demo", "--url", url, "--size", size) as demo:
                await asyncio.sleep(10)
                async with running(*load):
                    await sample([network_child.pid, demo.pid], minutes * 60, samples)
    return samples


async def sample(roots: list[int], seconds: float, into: Samples) -> None:
    began = time.monotonic()
    while (elapsed := time.monotonic() - began) < seconds:
        for root in roots:
            for pid in (root, *children(root)):
                look(pid, elapsed, into)
        await asyncio.sleep(SAMPLE_S)


def judge(samples: Samples, minutes: float) -> list[dict[str, object]]:
    from_s = max(WARM_UP_S_MIN, minutes * 60 * WARM_UP_SHARE)
    rows: list[dict[str, object]] = []
    for name, points in sorted(samples.items()):
        late = [point for point in points if point[0] >= from_s]
        if len(late) < 3:
            continue
        per_hour = slope([(at, megabytes) for at, megabytes, _ in late]) * 3600
        files = [count for _, _, count in late]
        flat = per_hour <= SLOPE_MB_MAX and max(files) - files[0] <= FILES_MAX
        rows.append(
            {
                "process": name,
                "rss_mb_first": round(late[0][1], 1),
                "rss_mb_last": round(late[-1][1], 1),
                "mb_per_hour": round(per_hour, 1),
                "files_first": files[0],
                "files_most": max(files),
                "flat": flat,
            }
        )
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--size", default="854x480", help="large enough for a rung below it")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = judge(asyncio.run(watch(arguments.minutes, arguments.size)), arguments.minutes)
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        for row in rows:
            print("  ".join(f"{key} {value}" for key, value in row.items()))
    flat = bool(rows) and all(row["flat"] for row in rows)
    print("flat" if flat else "NOT flat", file=sys.stderr)
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
