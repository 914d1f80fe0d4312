"""Delay from glass to glass, read from the pixels in Chromium: part sizes x added round trips x players.

The whole network runs on this machine: demo broadcaster, origin, edge, and Chromium behind a link with
the given round trip. `low` is our page, `stock` is hls.js as it comes, `ultra` is our page's frame mode.

usage: python -m bench.live [--full] [--seconds N] [--only part=334,rtt=0,player=low] [--json]
"""

import argparse
import json
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from bench import glass
from bench.link import HERE, first, link


PARTS_MS = (200, 334, 500, 1000)
ROUND_TRIPS_MS = (0, 60, 150)
PLAYERS = ("low", "stock", "ultra")
WARM_UP_S = 15.0
"""The latency controller settles within a few seconds of joining."""
USUAL = {(334, 0), (334, 60), (334, 150), (500, 0), (500, 150), (200, 0), (1000, 0)}
"""Part and round trip of the cells that are measured without --full."""


@dataclass(frozen=True, order=True)
class Cell:
    part_ms: int
    round_trip_ms: int
    player: str

    def matches(self, only: dict[str, str]) -> bool:
        own = {"part": str(self.part_ms), "rtt": str(self.round_trip_ms), "player": self.player}
        return all(own[name] == value for name, value in only.items())


def cells(*, full: bool, only: dict[str, str]) -> list[Cell]:
    """Ultra-low mode has no parts: it is measured once for each round trip."""
    every = [
        Cell(part, trip, player)
        for part in PARTS_MS
        for trip in ROUND_TRIPS_MS
        for player in PLAYERS
    ]
    chosen = [cell for cell in every if cell.player != "ultra" or cell.part_ms == 334]
    if not full and not only:
        chosen = [cell for cell in chosen if (cell.part_ms, cell.round_trip_ms) in USUAL]
    return [cell for cell in chosen if cell.matches(only)]


def run(wanted: Sequence[Cell], seconds: float, jitter_ms: float) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        for part_ms, group in groupby(wanted, lambda cell: cell.part_ms):
            settings = {"origin": {"part_target_ms": part_ms}}
            with glass.network(Path(folder), settings) as network:
                for child in network.children.values():
                    first(child.pid)
                for cell in group:
                    yield {**vars(cell), **watch(network, cell, seconds, jitter_ms)}


def watch(network: glass.Network, cell: Cell, seconds: float, jitter_ms: float) -> dict[str, Any]:
    with viewer(cell.round_trip_ms, jitter_ms) as (host, chromium):
        url = network.url(host, cell.player)
        try:
            with glass.browser_page(url, chromium) as page:
                return glass.measure(page, WARM_UP_S, seconds).row()
        except glass.StartError as error:
            return {"error": str(error)}


@contextmanager
def viewer(round_trip_ms: int, jitter_ms: float) -> Iterator[tuple[str, str]]:
    """Address of the edge for a viewer, and a Chromium to start: in a namespace behind a link, if there is one."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        host, where = "127.0.0.1", ""
        if round_trip_ms > 0:
            where = f"ip netns exec {stack.enter_context(link(round_trip_ms, jitter_ms))}"
            host = HERE
        starter = Path(folder) / "chromium"
        before_others = "{ echo -10 > /proc/$$/autogroup; } 2>/dev/null"
        starter.write_text(
            f'#!/bin/sh\n{before_others}\nexec {where} {glass.chromium_path()} "$@"\n'
        )
        starter.chmod(stat.S_IRWXU)
        yield host, str(starter)


def line(row: dict[str, Any]) -> str:
    head = f"{row['part_ms']:>5} {row['round_trip_ms']:>5} {row['player']:>6}"
    if "error" in row:
        return f"{head}  {row['error']}"
    times = (row[name] for name in ("p50_s", "p95_s", "longest_s"))
    shown = " ".join(f"{value:>7.3f}" for value in times)
    return (
        f"{head} {shown} {row['stalls']:>6} {row['still_s']:>7.2f} {row['join_s']:>6.2f}"
        f" {row['frames_per_s']:>5.1f} {row['badge_off_s']:>6.2f}"
    )


HEAD = " part   rtt player     p50     p95     max stalls   still   join   fps  badge"


def filters(text: str) -> dict[str, str]:
    found = dict(pair.split("=", 1) for pair in text.split(","))
    if unknown := set(found) - {"part", "rtt", "player"}:
        raise argparse.ArgumentTypeError(f"{unknown}: use part=MS,rtt=MS,player=low|stock|ultra")
    return found


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="every cell of the matrix")
    parser.add_argument("--only", type=filters, default={}, metavar="NAME=VALUE,...")
    parser.add_argument("--seconds", type=float, default=30.0, help="measured in each cell")
    parser.add_argument(
        "--jitter", type=float, default=0.0, help="ms added to the round trip at random"
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    wanted = cells(full=arguments.full, only=arguments.only)
    if not arguments.json:
        print(HEAD)
    rows = []
    for row in run(wanted, arguments.seconds, arguments.jitter):
        rows.append(row)
        if not arguments.json:
            print(line(row), flush=True)
    if arguments.json:
        print(json.dumps({"results": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
