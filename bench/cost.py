"""CPU seconds per stream second of a whole network by ladder: origin, its ffmpeg, an edge with ten viewers."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.network import CHANNEL, Network, children, cpu_s, make_clip, network, words

from manycast.settings.ladder import LadderSettings


SOURCES = {"720p30": ("1280x720", 4_000_000), "1080p30": ("1920x1080", 6_000_000)}
LADDERS = ((), ("360p",), ("360p", "480p"), ("360p", "480p", "720p"))
VIEWERS = 10
WARM_UP_S = 6.0
"""Until the publisher is live, the encoder runs and the viewers have joined."""
MARGIN_S = 6.0
"""Viewers watch this much longer than is measured."""
LADDER_WAIT_S = 20.0
LOOK_S = 0.1


def settings(rungs: Sequence[str]) -> str:
    targets = [
        f'{{name = "{t.name}", short_side = {t.short_side}, bitrate_bps = {t.bitrate_bps},'
        f" frame_rate_max = {float(t.frame_rate_max)}}}"
        for t in LadderSettings().targets
        if t.name in rungs
    ]
    return f"[ladder]\nhardware = []\ntargets = [{', '.join(targets)}]\n"


def offered(running: Network) -> list[str]:
    """Names of the renditions on the air."""
    url = f"http://127.0.0.1:{running.ports['edge']}/live/{CHANNEL}/status.json"
    with urllib.request.urlopen(url, timeout=10) as reply:
        return [rendition["name"] for rendition in json.load(reply)["renditions"]]


def measure(folder: Path, source: str, rungs: Sequence[str], seconds: float) -> dict[str, Any]:
    with network(folder, settings(rungs)) as running:
        running.broadcast(folder / f"{source}.flv")
        deadline = time.monotonic() + LADDER_WAIT_S
        while not offered(running) and time.monotonic() < deadline:
            time.sleep(LOOK_S)
        watching_s = WARM_UP_S + seconds + MARGIN_S
        load = [sys.executable, "-m", "manycast.cli", "load", running.url, "--json"]
        load += ["--viewers", str(VIEWERS), "--seconds", str(watching_s)]
        with subprocess.Popen(load, stdout=subprocess.PIPE) as viewers:
            time.sleep(WARM_UP_S)
            used = usage(running, seconds)
            seen = json.loads(viewers.communicate()[0])
        names = offered(running)
    total = sum(used.values())
    return {
        "source": source,
        "renditions": names,
        **{f"{name}_cpu_s_per_s": round(value, 4) for name, value in used.items()},
        "origin_share": round(used["origin"] / total, 4),
        "stalls": seen["stalls"],
        "joined": seen["joined"],
    }


def usage(running: Network, seconds: float) -> dict[str, float]:
    """CPU seconds per second of each process over the next ``seconds``."""
    origin = running.role("origin")
    encoders = [pid for pid in children(origin) if "filter_complex" in words(pid)]
    groups = {"ffmpeg": encoders, "origin": [origin], "edge": [running.role("edge")]}
    began = time.monotonic()
    before = {name: sum(map(cpu_s, pids)) for name, pids in groups.items()}
    time.sleep(seconds)
    passed = time.monotonic() - began
    return {name: (sum(map(cpu_s, pids)) - before[name]) / passed for name, pids in groups.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each source and ladder")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source, (size, bits_per_s) in SOURCES.items():
            make_clip(folder / f"{source}.flv", size, bits_per_s)
            for rungs in LADDERS:
                rows.append(measure(folder, source, rungs, arguments.seconds))
                if not arguments.json:
                    show(rows[-1])
    if arguments.json:
        print(json.dumps(rows))


def show(row: dict[str, Any]) -> None:
    print(
        f"{row['source']:8} {'+'.join(row['renditions']):28} ffmpeg {row['ffmpeg_cpu_s_per_s']:.3f}"
        f"  origin {row['origin_cpu_s_per_s']:.4f} ({row['origin_share']:.1%})"
        f"  edge {row['edge_cpu_s_per_s']:.4f}  stalls {row['stalls']}",
        flush=True,
    )


if __name__ == "__main__":
    main()
