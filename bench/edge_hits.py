"""Hits of the edge at several object sizes, against a bare uvloop writer on the same core.

Needs wrk and taskset. The servers run on core 0 and wrk on core 1, one after the other and in turns,
so that what else the machine does meets both.
"""

import argparse
import asyncio
import contextlib
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import cast

import uvloop

from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import serve


SIZES = {"2KB": 2_000, "64KB": 64_000, "256KB": 256_000}
HEADERS = {
    "Host": "localhost:8000",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-GB,en;q=0.9",
    "Origin": "http://localhost:8000",
    "Referer": "http://localhost:8000/watch/demo",
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-origin",
    "Cookie": "session=0123456789abcdef0123456789abcdef",
}


def origin(exchange: Exchange) -> None:
    size = int(exchange.request.path.rpartition("/")[2])
    fields = ((b"content-type", b"video/mp4"), (b"cache-control", b"max-age=3600, immutable"))
    exchange.send(200, fields, bytes(size))


class BareWriter(asyncio.Protocol):
    """Reads a request as far as its path and writes prepared bytes: what the loop itself can do."""

    replies: dict[bytes, tuple[bytes, bytes]] = {  # noqa: RUF012  the same for every connection
        b"/%d" % size: (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, bytes(size))
        for size in SIZES.values()
    }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.writelines(self.replies[data.split(b" ", 2)[1]])


async def run_origin() -> None:
    server = await serve(origin, "127.0.0.1", 0)
    print(server.port, flush=True)
    await asyncio.Event().wait()


async def run_bare() -> None:
    server = await asyncio.get_running_loop().create_server(BareWriter, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


@contextlib.contextmanager
def child(core: str, *words: str) -> Iterator[int]:
    """A pinned Python process; yields the port that its first line ends its address with."""
    command = ["taskset", "-c", core, sys.executable, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"(\d+)(?: in front.*)?$", process.stdout.readline())
            assert found is not None, "the server told no port"
            yield int(found[1])
        finally:
            process.terminate()


def requests_per_s(port: int, size: int, seconds: int, connections: int) -> float:
    fields = [word for pair in HEADERS.items() for word in ("-H", "{}: {}".format(*pair))]
    url = f"http://127.0.0.1:{port}/{size}"
    command = [
        "taskset",
        "-c",
        "1",
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        *fields,
        url,
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    errors = re.search(r"(Socket errors|Non-2xx).*", said)
    assert errors is None, errors
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None, said
    return float(found[1])


def measure(seconds: int, rounds: int, connections: int) -> list[dict[str, object]]:
    results: list[dict[str, object]] = []
    with (
        child("1", __file__, "--role", "origin") as parent,
        child("0", __file__, "--role", "bare") as bare,
        child(
            "0", "-m", "manycast.cli", "edge", "--listen", "127.0.0.1:0",
            "--parent", f"http://127.0.0.1:{parent}",
        ) as edge,
    ):  # fmt: skip
        for name, size in SIZES.items():
            ports = {"edge": edge, "bare": bare}
            rates = {
                who: [requests_per_s(port, size, seconds, connections)]
                for who, port in ports.items()
            }
            for _ in range(rounds - 1):
                for who, port in ports.items():
                    rates[who].append(requests_per_s(port, size, seconds, connections))
            middle = {who: statistics.median(found) for who, found in rates.items()}
            ratio = round(middle["edge"] / middle["bare"], 3)
            results.append({"object": name, **middle, "ratio": ratio})
    return results


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="of each run")
    parser.add_argument("--rounds", type=int, default=3, help="runs whose median counts")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--role", choices=["origin", "bare"], help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.role:
        uvloop.run(run_origin() if arguments.role == "origin" else run_bare())
        return
    results = measure(arguments.seconds, arguments.rounds, arguments.connections)
    if arguments.json:
        print(json.dumps({"results": results}))
        return
    print(f"{'object':>8} {'edge/s':>10} {'bare/s':>10} {'ratio':>6}")
    for row in results:
        print(f"{row['object']:>8} {row['edge']:>10.0f} {row['bare']:>10.0f} {row['ratio']:>6}")


if __name__ == "__main__":
    main()
