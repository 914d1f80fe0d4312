"""Hits of 1 MB from disk, manycast and nginx: more objects than memory takes, asked for in turn.

The files of both lie on the same file system and in the system's page cache, so what is compared is the way from
a file to the socket, not the disk. Which objects come from disk is counted by the edge's own metrics.
"""

import argparse
import re
import statistics
import tempfile
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.edge import table
from bench.edge.hits import Turn
from bench.edge.rivals import (
    CLIENT_CORE,
    Contender,
    allow_files,
    contender,
    edge,
    needed,
    nginx,
    scripted,
)
from bench.edge.wrk import wrk


SIZE = 1_000_000
OBJECTS = 200
MEMORY = "8M"
"""Of the edge: eight objects, which are never the ones that come next."""
DISK = "2G"
IN_TURN = """
local number = 0
request = function()
  number = (number + 1) %% %d
  return wrk.format("GET", "/object/%d/" .. number)
end
"""


def fill(one: Contender) -> None:
    for number in range(OBJECTS):
        url = f"http://127.0.0.1:{one.port}/object/{SIZE}/{number}"
        for _ in range(2):  # an admission that wants to see an object twice has seen it
            with urllib.request.urlopen(url, timeout=20) as reply:
                assert len(reply.read()) == SIZE


def origin_requests(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/counts", timeout=20) as reply:
        return sum(map(int, re.findall(r"\[(\d+),", reply.read().decode())))


def turn(one: Contender, arguments: argparse.Namespace) -> Turn:
    before = one.cpu_s
    script = IN_TURN % (OBJECTS, SIZE)
    run = wrk(one.port, "/", arguments.seconds, arguments.connections, script=script)
    cpu_s = (one.cpu_s - before) / (run.requests_per_s * arguments.seconds)
    return Turn(run.requests_per_s, cpu_s, run.p50_s, run.p99_s)


def measure(found: dict[str, Contender], parent: int, arguments: argparse.Namespace) -> table.Row:
    for one in found.values():
        fill(one)
    before = origin_requests(parent)
    turns: dict[str, list[Turn]] = {name: [] for name in found}
    for _ in range(arguments.rounds):
        for name, one in found.items():
            turns[name].append(turn(one, arguments))
    row: dict[str, object] = {"requests/s": "1 MB from disk"}
    rate, cpu_s = {}, {}
    for name, some in turns.items():
        rate[name] = statistics.median(one.requests_per_s for one in some)
        cpu_s[name] = statistics.median(one.cpu_s for one in some)
        row[name] = round(rate[name])
        row[f"{name} CPU µs"] = round(cpu_s[name] * 1e6)
        row[f"{name} p99 ms"] = round(1000 * statistics.median(one.p99_s for one in some), 1)
    row["ratio"] = round(rate["manycast"] / rate["nginx"], 2)
    row["by CPU"] = round(cpu_s["nginx"] / cpu_s["manycast"], 2)
    row["fetches meanwhile"] = origin_requests(parent) - before
    return row


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of each run")
    parser.add_argument("--rounds", type=int, default=5, help="runs whose median counts")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--dir", type=Path, default=Path("/var/tmp"), help="where the files lie")  # noqa: S108
    table.add_arguments(parser)
    arguments = parser.parse_args(argv)
    needed("taskset", "wrk", "nginx")
    allow_files()
    with ExitStack() as stack:
        parent = stack.enter_context(scripted("origin", CLIENT_CORE)).port
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=arguments.dir)))
        folder.chmod(0o777)
        words = ["--disk", f"{DISK}B", "--dir", str(folder / "edge")]
        commands = {
            "manycast": lambda _, port: edge(parent, port, MEMORY, *words),
            "nginx": lambda own, port: nginx(own, parent, port, store=str(folder / "nginx")),
        }
        found = {
            name: stack.enter_context(contender(name, parent, command=command))
            for name, command in commands.items()
        }
        row = measure(found, parent, arguments)
    table.show([row], arguments)


if __name__ == "__main__":
    main()
