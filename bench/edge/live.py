"""Viewers of one low-latency live stream on one core of manycast, nginx and Varnish.

The origin has prebuilt replies (bench/load/server.py) and holds blocking playlists. It shares the second core
with the swarm of `manycast load`; the contender has the first for itself. For each number of viewers the
contenders take turns; who passes 100 ms at p99, or shows errors, does not go on to the next.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from bench.edge import table
from bench.edge.rivals import (
    CLIENT_CORE,
    Contender,
    allow_files,
    child,
    contender,
    favour,
    needed,
)
from bench.viewers import LIMIT_S, SECOND, SETTLE_S, ramp_s


NAMES = ("manycast", "nginx", "nginx lock", "varnish")
BITS_PER_S = 3_000_000


def swarm(one: Contender, viewers: int, seconds: float) -> tuple[dict[str, Any], float]:
    """What the viewers saw once all had joined, and the CPU share of the contender meanwhile."""
    url = f"http://127.0.0.1:{one.port}/live/demo/index.m3u8"
    words = [sys.executable, "-m", "bench.viewers", "--swarm", url]
    words += ["--viewers", str(viewers), "--seconds", str(seconds)]
    with subprocess.Popen(
        ["taskset", "-c", CLIENT_CORE, *words],  # noqa: S607  wherever the system has it
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        favour(process.pid, SECOND)
        assert process.stdout is not None
        process.stdout.readline()
        before = one.cpu_s
        told = process.stdout.readline()
        used_s = one.cpu_s - before
    found: dict[str, Any] = json.loads(told)
    return found, used_s / seconds


def measure(name: str, one: Contender, viewers: int, seconds: float) -> tuple[table.Row, bool]:
    """A row, and whether the contender may go on."""
    found, share = swarm(one, viewers, seconds)
    delay, lag = found["part_delay_s"], found["own_lag_s"]
    errors = sum(found["errors_by_kind"].values())
    well = bool(delay["p99"]) and delay["p99"] <= LIMIT_S and not errors
    row = {
        "contender": name,
        "viewers": viewers,
        "part delay p50 ms": round(1000 * (delay["p50"] or 0)),
        "p99 ms": round(1000 * (delay["p99"] or 0)),
        "stalls": found["stalls"],
        "errors": errors,
        "CPU share": round(share, 2),
        "own lag p99 ms": round(1000 * (lag["p99"] or 0)),
    }
    return row, well


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each number of viewers")
    parser.add_argument("--part-ms", type=int, default=200)
    parser.add_argument("--counts", type=int, nargs="+", default=list(range(500, 3001, 500)))
    parser.add_argument("--who", nargs="+", default=NAMES)
    table.add_arguments(parser)
    arguments = parser.parse_args(argv)
    needed("taskset", "nginx", "varnishd")
    allow_files()
    part_bytes = BITS_PER_S * arguments.part_ms // 8_000
    command = ["bench/load/server.py", str(arguments.part_ms), str(part_bytes)]
    rows: list[table.Row] = []
    with child(CLIENT_CORE, [sys.executable, *command]) as origin:
        assert origin.stdout is not None
        parent = int(origin.stdout.readline().split("/")[2].rpartition(":")[2])
        standing = list(arguments.who)
        for viewers in arguments.counts:
            for name in list(standing):
                with contender(name, parent) as one:
                    row, well = measure(name, one, viewers, arguments.seconds)
                rows.append(row)
                print(row, file=sys.stderr, flush=True)
                if not well:
                    standing.remove(name)
    print(f"settled for {SETTLE_S} s after a ramp of up to {ramp_s(10**6)} s", file=sys.stderr)
    table.show(rows, arguments)


if __name__ == "__main__":
    main()
