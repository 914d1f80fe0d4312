"""Several workers behind one port: what a hop between them costs, what they gain, what a killed or replaced
one costs.

With two cores the load needs one of them: there, workers gain only what the load leaves free. The CPU time
of the workers for each request says what they would do with cores of their own.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from bench.edge import table
from bench.edge.rivals import (
    CLIENT_CORE,
    SERVER_CORE,
    Contender,
    allow_files,
    child,
    edge,
    favour,
    needed,
    scripted,
)
from bench.edge.wrk import LoadError, wrk
from bench.network import children, free_ports

from manycast.runtime.edge.place import Place, ownership


SIZE = 2_000
OBJECTS = 200
SPREAD = """
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "/object/{size}/" .. (n % {objects}))
end
"""
LOOK_S = 0.002


@contextlib.contextmanager
def crew(parent: int, workers: int, cores: str, settings: str = "") -> Iterator[Contender]:
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "settings.toml"
        config.write_text(settings)
        words = ["--config", str(config)]
        words += ["--workers", str(workers)] if workers else []
        command = edge(parent, port, "200M", *words)
        with child(cores, command, Path(folder)) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            if not said:
                raise RuntimeError((Path(folder) / "log.txt").read_text())
            one = Contender("manycast", port, process.pid, Path(folder))
            for pid in workers_of(one):
                favour(pid)  # each is a session of its own
            yield one


def workers_of(one: Contender) -> list[int]:
    return children(one.pid)


def files_of(pid: int) -> int:
    with suppress(OSError):
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return 0


# What they serve.


def throughput(parent: int, arguments: argparse.Namespace) -> list[table.Row]:
    both = f"{SERVER_CORE},{CLIENT_CORE}"
    cases = [(0, SERVER_CORE), (1, SERVER_CORE), (2, SERVER_CORE), (0, both), (2, both)]
    scripts = {
        "one object": SPREAD.format(size=SIZE, objects=1),
        f"{OBJECTS} objects": SPREAD.format(size=SIZE, objects=OBJECTS),
    }
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(crew(parent, *case)) for case in cases]
        rows: list[table.Row] = []
        for name, script in scripts.items():
            for (workers, cores), one in zip(cases, found, strict=True):
                rate, cpu_us, shares = loaded(one, script, arguments)
                rows.append(
                    {
                        "asked": name,
                        "workers": workers or "none, one process",
                        "on cores": cores,
                        "requests/s": rate,
                        "CPU µs per request": cpu_us,
                        "share of connections": shares,
                    }
                )
        return rows


def loaded(one: Contender, script: str, arguments: argparse.Namespace) -> tuple[int, float, str]:
    wrk(one.port, "/", 1, 8, script=script)
    rates, costs, shares = [], [], ""
    for _ in range(arguments.rounds):
        workers = workers_of(one)
        idle = [files_of(pid) for pid in workers]
        busy: list[int] = []
        look = threading.Timer(
            arguments.seconds / 2, lambda w=workers, b=busy: b.extend(map(files_of, w))
        )
        look.start()
        before = one.cpu_s
        run = wrk(one.port, "/", arguments.seconds, arguments.connections, script=script)
        look.join()
        rates.append(run.requests_per_s)
        costs.append((one.cpu_s - before) / (run.requests_per_s * arguments.seconds))
        shares = " / ".join(str(b - i) for b, i in zip(busy, idle, strict=True))
    return round(statistics.median(rates)), round(statistics.median(costs) * 1e6, 1), shares


# The way between two of them.


async def ways(port: int, samples: int) -> tuple[float, float]:
    """Median seconds of hits on a connection to whoever took it: of its own objects, of the other's."""
    paths = [b"/object/%d/%d" % (SIZE, number) for number in range(OBJECTS)]
    owner = ownership(Place(0, 2, "", "/", ()))
    waits: dict[bool, list[float]] = {True: [], False: []}
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for turn in range(samples + OBJECTS):
        path = paths[turn % OBJECTS]
        begun = time.perf_counter()
        writer.write(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(SIZE)
        if turn >= OBJECTS:
            waits[owner(path) is None].append(time.perf_counter() - begun)
    writer.close()
    low, high = sorted(statistics.median(some) for some in waits.values())
    return low, high


def hop(parent: int, arguments: argparse.Namespace) -> list[table.Row]:
    rows: list[table.Row] = []
    for name, settings in (("none", "[edge]\ncopy_s = 0.0\n"), ("for 1 s", "")):
        with crew(parent, 2, SERVER_CORE, settings) as one:
            own, other = asyncio.run(ways(one.port, arguments.samples))
        row = {"copies": name, "p50 µs at the owner": round(own * 1e6)}
        rows.append({**row, "at the other worker": round(other * 1e6)})
    return rows


# What an end costs.


async def until_answered(port: int, path: bytes, begun: float) -> float:
    """Seconds since ``begun`` until every one of several new connections gets a 200."""
    while True:
        try:
            if all([await _is_200(port, path) for _ in range(4)]):
                return time.perf_counter() - begun
        except (OSError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(LOOK_S)


async def _is_200(port: int, path: bytes) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % path)
    said = await reader.read()
    writer.close()
    return said.startswith(b"HTTP/1.1 200 ")


async def ends(one: Contender) -> tuple[float, float]:
    """Seconds until all objects are answered again, and until all workers are there."""
    begun = time.perf_counter()
    os.kill(workers_of(one)[0], signal.SIGKILL)
    waits = [await until_answered(one.port, b"/object/%d/%d" % (SIZE, n), begun) for n in range(8)]
    return max(waits), await until_answered(one.port, b"/readyz", begun)


def killed(parent: int, arguments: argparse.Namespace) -> list[table.Row]:
    objects, ready = [], []
    with crew(parent, 2, SERVER_CORE) as one:
        for _ in range(arguments.rounds):
            answered_s, ready_s = asyncio.run(ends(one))
            objects.append(answered_s)
            ready.append(ready_s)
    return [
        {
            "a worker of two, killed": "seconds",
            "until every object is answered": round(statistics.median(objects), 2),
            "the worst": round(max(objects), 2),
            "until all workers are there": round(statistics.median(ready), 2),
        }
    ]


def replaced(parent: int, arguments: argparse.Namespace) -> list[table.Row]:
    script = SPREAD.format(size=SIZE, objects=OBJECTS)
    with crew(parent, 2, SERVER_CORE) as one:
        first = workers_of(one)
        timer = threading.Timer(1.0, lambda: os.kill(one.pid, signal.SIGHUP))
        timer.start()
        try:
            run = wrk(one.port, "/", 8, arguments.connections, script=script)
            errors = "none"
        except LoadError as error:
            run, errors = None, str(error)
        alive = len(set(first) & set(workers_of(one)))
    rate = 0 if run is None else round(run.requests_per_s)
    p99 = 0.0 if run is None else round(run.p99_s * 1000, 1)
    return [
        {
            "both workers replaced under load": f"{rate} requests/s for 8 s",
            "errors": errors,
            "p99 ms": p99,
            "old workers left": alive,
        }
    ]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--rounds", type=int, default=3, help="runs whose median counts")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--samples", type=int, default=4_000, help="requests for the hop")
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES))
    table.add_arguments(parser)
    arguments = parser.parse_args(argv)
    needed("wrk", "taskset")
    allow_files()
    with scripted("origin", CLIENT_CORE) as parent:
        tables = {name: MEASURES[name](parent.port, arguments) for name in arguments.only}
    table.shows(tables, arguments)


MEASURES = {"throughput": throughput, "hop": hop, "killed": killed, "replaced": replaced}


if __name__ == "__main__":
    sys.exit(main())
