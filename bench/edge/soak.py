"""Half an hour of everything at once: objects of all sizes, live viewers, purges, workers restarted inside.

One edge of two workers before an origin with objects and a live stream. Each round: wrk over a few thousand
objects, viewers of `manycast load`, a purge by URL, prefix and tag every second; every third round all workers
are replaced (SIGHUP). What a client saw as an error ends in the count that must stay 0; memory and open files of
all processes are sampled, and their slope is that after a third of the time.
"""

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.edge import table
from bench.edge.rivals import (
    CLIENT_CORE,
    Contender,
    allow_files,
    contender,
    edge,
    favour,
    memory_bytes,
    needed,
    scripted,
)
from bench.edge.wrk import LoadError, wrk


TOKEN = "of-the-soak-alone"  # noqa: S105  nobody else's
CONFIG = f'[guard]\nadmin_token = "{TOKEN}"\n'
ROUND_S = 20
RESTART_EVERY = 3
VIEWERS = 50
CONNECTIONS, PAUSE_MS = 32, 40
"""Of wrk: some 700 requests a second, so that what is late is late for another reason than load."""
OBJECTS = 3_000
"""Of 1 KB to 1 MB: a few times the memory of the edge, so that evictions never end."""
MEMORY = "200M"
MIX = """
local sizes = {1000, 1000, 1000, 16000, 64000, 256000, 1000000}
request = function()
  local number = math.floor(%d * math.random() ^ 3)
  return wrk.format("GET", "/object/" .. sizes[number %% 7 + 1] .. "/" .. number)
end
"""
FLAT_MB_PER_H = 12.0
WARM = 1 / 3
SLOPE_H_MIN = 0.25
"""In less time the ups and downs of evictions are all that a slope shows."""


class Purging(threading.Thread):
    """A purge a second until told to stop, each of another kind."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port
        self.over = threading.Event()
        self.count = self.errors = 0
        self.worst_s = 0.0

    def run(self) -> None:
        while not self.over.wait(1.0):
            self.count += 1
            orders = (
                "prefix=/object/256000/",
                f"tag={self.count % 10}",
                f"url=/object/1000/{self.count}",
            )
            began = time.perf_counter()
            try:
                good = self.purge(orders[self.count % 3])
            except OSError:
                good = False
            self.errors += not good
            self.worst_s = max(self.worst_s, time.perf_counter() - began)

    def purge(self, order: str) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(
            "POST", f"/_manycast/purge?{order}", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        good = connection.getresponse().status == 200
        connection.close()
        return good


def watching(port: int, seconds: float) -> "subprocess.Popen[str]":
    url = f"http://127.0.0.1:{port}/live/demo/index.m3u8"
    words = [sys.executable, "-m", "manycast.cli", "load", url, "--json", "--rendition", "source"]
    words += ["--viewers", str(VIEWERS), "--seconds", str(seconds)]
    process = subprocess.Popen(
        ["taskset", "-c", CLIENT_CORE, *words],  # noqa: S607  wherever the system has it
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    favour(process.pid)
    return process


def files(one: Contender) -> int:
    found = 0
    for pid in one.pids:
        try:
            found += len(list(Path(f"/proc/{pid}/fd").iterdir()))
        except OSError:
            continue
    return found


def one_round(one: Contender, number: int, seconds: int) -> dict[str, Any]:
    viewers = watching(one.port, seconds - 4)
    purging = Purging(one.port)
    purging.start()
    restart = threading.Timer(seconds / 2, os.kill, (one.pid, signal.SIGHUP))
    if number % RESTART_EVERY == RESTART_EVERY - 1:
        restart.start()
    try:
        run = wrk(one.port, "/", seconds, CONNECTIONS, PAUSE_MS, MIX % OBJECTS)
        rate, broken = run.requests_per_s, ""
    except LoadError as error:
        rate, broken = 0.0, str(error)
    purging.over.set()
    purging.join()
    seen = json.loads(viewers.communicate()[0])
    return {
        "round": number,
        "restarted": number % RESTART_EVERY == RESTART_EVERY - 1,
        "req/s": round(rate),
        "wrk errors": broken or None,
        "viewer errors": sum(seen["errors_by_kind"].values()),
        "kinds": seen["errors_by_kind"],
        "stalls": seen["stalls"],
        "purges": purging.count,
        "purge errors": purging.errors,
        "worst purge ms": round(purging.worst_s * 1000, 1),
        "memory MB": round(memory_bytes(one) / 1e6, 1),
        "files": files(one),
    }


def verdict(rows: list[dict[str, Any]], hours: float) -> dict[str, object]:
    """Sums, and the slope of memory once warm, in rounds without a restart's double set of workers."""
    warm = [row for row in rows[int(len(rows) * WARM) :] if not row["restarted"]] or rows[-1:]
    slope = 0.0
    if len(warm) > 1:
        times = [row["round"] * hours / len(rows) for row in warm]
        slope = statistics.linear_regression(times, [row["memory MB"] for row in warm]).slope
    return {
        "minutes": round(hours * 60, 1),
        "requests": round(sum(row["req/s"] for row in rows) * hours * 3600 / len(rows)),
        "purges": sum(row["purges"] for row in rows),
        "restarts": sum(row["restarted"] for row in rows),
        "client errors": sum(row["viewer errors"] + row["purge errors"] + bool(row["wrk errors"]) for row in rows),
        "stalls": sum(row["stalls"] for row in rows),
        "worst purge ms": max(row["worst purge ms"] for row in rows),
        "memory MB": f"{warm[0]['memory MB']} to {warm[-1]['memory MB']}",
        "MB/h": round(slope, 1),
        "flat": slope < FLAT_MB_PER_H if hours >= SLOPE_H_MIN else None,
        "files": f"{warm[0]['files']} to {warm[-1]['files']}",
    }  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--workers", type=int, default=2)
    table.add_arguments(parser)
    arguments = parser.parse_args(argv)
    needed("taskset", "wrk")
    allow_files()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, scripted("both", CLIENT_CORE) as parent:
        config = Path(folder) / "edge.toml"
        config.write_text(CONFIG)
        words = ["--config", str(config), "--workers", str(arguments.workers)]

        def command(_: Path, port: int) -> list[str]:
            return edge(parent.port, port, MEMORY, *words)

        with contender("manycast", parent.port, command=command) as one:
            began = time.monotonic()
            while time.monotonic() - began < arguments.minutes * 60:
                rows.append(one_round(one, len(rows), ROUND_S))
                print(rows[-1], file=sys.stderr, flush=True)
            hours = (time.monotonic() - began) / 3600
    found = verdict(rows, hours)
    table.show([found], arguments)
    return 1 if found["client errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
