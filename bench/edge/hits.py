"""Hits from memory at several object sizes: manycast, nginx, Varnish and a bare uvloop writer.

Needs nginx, varnishd, wrk and taskset. All servers share one core, wrk has another; each round runs them
one after the other, so that what else the machine does meets all. Latency is measured at the same load
for all: connections that pause, at a share of what the slowest can do.
"""

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from bench.edge import table
from bench.edge.rivals import Contender, contenders, needed
from bench.edge.wrk import wrk


SIZES = {"2 KB": 2_000, "64 KB": 64_000, "256 KB": 256_000, "1 MB": 1_000_000}
RIVALS = ("nginx", "varnish")
LOAD = 0.5
"""Of the slowest contender's requests per second, for the latencies."""
PAUSING = 128
"""Connections that give this load."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One contender in one round."""

    requests_per_s: float
    cpu_s: float
    """Of the contender for each request: what decides where wrk itself is the limit."""
    p50_s: float
    p99_s: float


def turn(one: Contender, path: str, arguments: argparse.Namespace, pause_ms: int) -> Turn:
    connections = PAUSING if pause_ms else arguments.connections
    before = one.cpu_s
    run = wrk(one.port, path, arguments.seconds, connections, pause_ms)
    cpu_s = (one.cpu_s - before) / (run.requests_per_s * arguments.seconds)
    return Turn(run.requests_per_s, cpu_s, run.p50_s, run.p99_s)


def rounds_of(
    found: dict[str, Contender], path: str, arguments: argparse.Namespace, pause_ms: int = 0
) -> dict[str, Turn]:
    """Medians of each contender over rounds in turns."""
    turns: dict[str, list[Turn]] = {name: [] for name in found}
    for _ in range(arguments.rounds):
        for name, one in found.items():
            turns[name].append(turn(one, path, arguments, pause_ms))
    return {
        name: Turn(*(statistics.median(column) for column in zip(*map(astuple, some), strict=True)))
        for name, some in turns.items()
    }


def ratios(found: dict[str, Turn]) -> dict[str, float]:
    """Ours to the better rival and to the bare writer, in requests per second and per CPU second."""
    ours, bare = found.get("manycast"), found.get("bare")
    rivals = [found[name] for name in RIVALS if name in found]
    row = {}
    if ours and rivals:
        row["to better rival"] = ours.requests_per_s / max(one.requests_per_s for one in rivals)
        row["the same by CPU"] = min(one.cpu_s for one in rivals) / ours.cpu_s
    if ours and bare:
        row["to bare"] = ours.requests_per_s / bare.requests_per_s
        row["to bare by CPU"] = bare.cpu_s / ours.cpu_s
    return {name: round(value, 2) for name, value in row.items()}


def measure(
    found: dict[str, Contender], size: int, arguments: argparse.Namespace
) -> tuple[table.Row, table.Row]:
    path = f"/object/{size}"
    for one in found.values():
        wrk(one.port, path, 1, 4)
    full = rounds_of(found, path, arguments)
    speed: dict[str, object] = {name: round(one.requests_per_s) for name, one in full.items()}
    speed |= {f"{name} CPU µs": round(one.cpu_s * 1e6, 1) for name, one in full.items()}
    speed |= ratios(full)
    if arguments.no_latency:
        return speed, {}
    slowest = min(one.requests_per_s for one in full.values())
    pause_ms = max(1, round(1000 * PAUSING / (LOAD * slowest)))
    paced = rounds_of(found, path, arguments, pause_ms)
    middle = statistics.median(one.requests_per_s for one in paced.values())
    delay: dict[str, object] = {"at req/s": round(middle)}
    for name, one in paced.items():
        delay[name] = f"{one.p50_s * 1000:.2f} / {one.p99_s * 1000:.2f}"
    return speed, delay


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of each run")
    parser.add_argument("--rounds", type=int, default=5, help="runs whose median counts")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES.values()))
    parser.add_argument("--no-latency", action="store_true", help="only requests per second")
    parser.add_argument("--who", nargs="+", default=["manycast", *RIVALS, "bare"])
    table.add_arguments(parser)
    arguments = parser.parse_args(argv)
    needed("wrk")
    names = {size: name for name, size in SIZES.items()}
    speeds: list[table.Row] = []
    delays: list[table.Row] = []
    with contenders(arguments.who) as (_, found):
        for size in arguments.sizes:
            speed, delay = measure(found, size, arguments)
            speeds.append({"requests/s": names.get(size, f"{size} B"), **speed})
            delays.append({"p50 / p99 ms": names.get(size, f"{size} B"), **delay})
    tables = {"results": speeds} if arguments.no_latency else {"results": speeds, "latency": delays}
    table.shows(tables, arguments)


if __name__ == "__main__":
    main()
