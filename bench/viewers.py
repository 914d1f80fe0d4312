"""How many viewers one edge process on one core serves until the p99 of their part delay passes 100 ms.

A real origin (passthrough only) takes a stream of about 3 Mbit/s; the edge has core 0, the swarm of
`manycast load` core 1, which it shares with the origin and the broadcaster. All of them go before what
else runs (autogroup; needs root): what is measured is the edge, not the scheduler.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvloop
from bench.network import Network, cpu_s, make_clip, network

from manycast.hls.viewer import Viewer
from manycast.hls.viewer_swarm import Swarm
from manycast.runtime.load import watch
from manycast.runtime.load_report import figures
from manycast.settings.load import LoadSettings
from manycast.std.quantiles import Quantiles


BITS_PER_S = 2_900_000
"""Of the picture; with its sound about 3 Mbit/s."""
EDGE_CORE, OTHER_CORE = 0, 1
FIRST, SECOND = -20, -15
"""Autogroup nice values: some 80 and 28 times the weight of what else runs. The origin shares its core
with the swarm and goes first, or the swarm would measure its own weight on the publisher's path."""
LIMIT_S = 0.1
SETTLE_S = 4.0
"""After the last viewer started, before anything counts."""
STREAM_S = 4.0
"""For the publisher to be live before the first viewer."""


def settings(part_ms: int) -> str:
    return f"[ladder]\nhardware = []\ntargets = []\n[origin]\npart_target_ms = {part_ms}\n"


def favour(pid: int, nice: int) -> None:
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


def swarm(url: str, viewers: int, seconds: float) -> dict[str, Any]:
    """Watch, and count only what happens once everybody has joined."""
    group = Swarm(url, LoadSettings(), rendition="source", hint=False)
    from_s = ramp_s(viewers) + SETTLE_S
    counted = False

    def progress(passed_s: float) -> None:
        nonlocal counted
        if passed_s >= from_s and not counted:
            counted = True
            tally = group.tally
            tally.delay, tally.spread = Quantiles(0.0001), Quantiles(0.0001)
            tally.stalls, tally.parts = 0, 0
            print("steady", flush=True)

    one_by_one = [Viewer(group) for _ in range(viewers)]
    outcome = uvloop.run(watch(group, one_by_one, from_s + seconds, progress))
    return figures(group.tally, outcome, viewers, group.rendition)


def ramp_s(viewers: int) -> float:
    return min(viewers / LoadSettings().ramp_viewers_per_s, LoadSettings().ramp_s_max)


def counters(running: Network) -> dict[str, float]:
    """Totals of the edge and of the parts that the origin made."""
    found = {}
    for role in ("edge", "origin"):
        url = f"http://127.0.0.1:{running.ports[role]}/metrics"
        with urllib.request.urlopen(url, timeout=20) as reply:
            text = reply.read().decode()
        for name, value in re.findall(r"^(\w+_total)(?:\{.*\})? (\S+)$", text, re.MULTILINE):
            found[name] = found.get(name, 0.0) + float(value)
    found["edge_cpu_s"] = cpu_s(running.role("edge"))
    found["origin_cpu_s"] = cpu_s(running.role("origin"))
    return found


def step(running: Network, viewers: int, seconds: float) -> dict[str, Any]:
    words = [sys.executable, "-m", "bench.viewers", "--swarm", running.url]
    words += ["--viewers", str(viewers), "--seconds", str(seconds)]
    with subprocess.Popen(
        ["taskset", "-c", str(OTHER_CORE), *words],  # noqa: S607  wherever the system has it
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        favour(child.pid, SECOND)
        child.stdout.readline()
        before, began = counters(running), time.monotonic()
        time.sleep(seconds - 1.0)
        after, passed = counters(running), time.monotonic() - began
        found = json.loads(child.stdout.read())
    grown = {name: after[name] - before.get(name, 0.0) for name in after}
    parts = grown["manycast_parts_total"]
    return {
        **{name: found[name] for name in ("viewers", "joined", "stalls", "errors_by_kind")},
        **{name: found[name] for name in ("part_delay_s", "part_spread_s", "own_lag_s")},
        "own_cpu_share": found["own_cpu_share"],
        "edge_cpu_share": round(grown["edge_cpu_s"] / passed, 3),
        "origin_cpu_share": round(grown["origin_cpu_s"] / passed, 3),
        "gbit_per_s": round(grown["manycast_edge_sent_bytes_total"] * 8e-9 / passed, 2),
        "origin_requests_per_part": round(grown["manycast_edge_fetches_total"] / parts, 2),
        "viewer_requests_per_part": round(grown["manycast_edge_requests_total"] / parts, 1),
    }


def climb(folder: Path, part_ms: int, seconds: float, counts: list[int]) -> list[dict[str, Any]]:
    """More and more viewers until they wait too long."""
    rows: list[dict[str, Any]] = []
    with network(folder, settings(part_ms)) as running:
        running.broadcast(folder / "clip.flv")
        for pid in (running.publisher, running.role("origin"), running.role("edge")):
            core = EDGE_CORE if pid == running.role("edge") else OTHER_CORE
            os.sched_setaffinity(pid, {core})
            favour(pid, FIRST)
        time.sleep(STREAM_S)
        for viewers in counts:
            row = {"part_ms": part_ms, **step(running, viewers, seconds)}
            rows.append(row)
            show(row)
            if (row["part_delay_s"]["p99"] or 0.0) > LIMIT_S:
                break
    return rows


def show(row: dict[str, Any]) -> None:
    delay, spread, lag = row["part_delay_s"], row["part_spread_s"], row["own_lag_s"]
    print(
        f"{row['part_ms']} ms {row['viewers']:5} viewers: part delay p50 {delay['p50']} p99 {delay['p99']} s"
        f" (spread p99 {spread['p99']}), own lag p99 {lag['p99']}, {row['gbit_per_s']} Gbit/s,"
        f" CPU edge {row['edge_cpu_share']:.0%} swarm {row['own_cpu_share']:.0%}"
        f" origin {row['origin_cpu_share']:.1%}, per part {row['origin_requests_per_part']} origin"
        f" and {row['viewer_requests_per_part']} viewer requests, stalls {row['stalls']},"
        f" errors {row['errors_by_kind'] or 0}",
        file=sys.stderr, flush=True,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each number of viewers")
    parser.add_argument("--parts", type=int, nargs="+", default=[200, 334], metavar="MS")
    parser.add_argument("--counts", type=int, nargs="+", default=list(range(500, 5001, 500)))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--swarm", help=argparse.SUPPRESS)
    parser.add_argument("--viewers", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.swarm:
        print(json.dumps(swarm(arguments.swarm, arguments.viewers, arguments.seconds)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as name:
        make_clip(Path(name) / "clip.flv", "1280x720", BITS_PER_S)
        for part_ms in arguments.parts:
            rows += climb(Path(name), part_ms, arguments.seconds, arguments.counts)
    if arguments.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
