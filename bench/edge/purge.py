"""How long a purge takes on a node that holds many objects, from the request to the confirmed reply."""

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.server import serve
from manycast.settings.parents import ParentsSettings


TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105  opens nothing
BEARER = f"authorization: Bearer {TOKEN}\r\n".encode()
FIELDS = ((b"cache-control", b"max-age=3600"), (b"surrogate-key", b"all some"))
KINDS = ("url=/o/5", "prefix=/o/1", "tag=all", "tag=some&soft=1", "prefix=")
FILLERS = 32


class Whole:
    """Waits for a reply."""

    def __init__(self) -> None:
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._status = 0

    def head(self, head: ResponseHead) -> None:
        self._status = head.status

    def data(self, piece: bytes) -> None:
        """What it says does not matter."""

    def end(self) -> None:
        self.status.set_result(self._status)

    def failed(self, error: FetchError) -> None:
        self.status.set_exception(error)


async def ask(client: Client, method: str, target: str) -> None:
    whole = Whole()
    client.fetch((method, target.encode(), BEARER), whole)
    assert await whole.status == 200


async def fill(client: Client, first: int, objects: int) -> None:
    for number in range(first, objects, FILLERS):
        await ask(client, "GET", f"/o/{number}")


async def measure(client: Client, what: str, times: int) -> list[float]:
    """Milliseconds, sorted."""
    found: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        await ask(client, "POST", f"/_manycast/purge?{what}")
        found.append((time.perf_counter() - began) * 1_000)
    return sorted(found)


def origin(exchange: Exchange) -> None:
    if exchange.request.path.startswith("/_manycast/"):
        exchange.send(404)
    else:
        exchange.send(200, FIELDS, bytes(1_000))


async def run(arguments: argparse.Namespace) -> None:
    server = await serve(origin, "127.0.0.1", 0)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "settings.toml"
        config.write_text(f'[guard]\nadmin_token = "{TOKEN}"\n')
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "manycast.cli", "edge", "--parent", f"http://127.0.0.1:{server.port}",
            "--listen", "127.0.0.1:0", "--memory", "4GB", "--config", str(config), *arguments.edge,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        found = re.search(rb":(\d+) in front", await process.stdout.readline())
        assert found is not None
        async with Client([Parent("127.0.0.1", int(found[1]))], ParentsSettings()) as client:
            async with asyncio.TaskGroup() as tasks:
                for first in range(FILLERS):
                    tasks.create_task(fill(client, first, arguments.objects))
            print(
                f"{arguments.objects} objects of 1 KB; ms from request to reply: median, p99, worst"
            )
            for what in KINDS:
                ms = await measure(client, what, arguments.times)
                shown = (statistics.median(ms), ms[int(len(ms) * 0.99)], ms[-1])
                print(f"{what:16} " + "  ".join(f"{one:6.2f}" for one in shown))
        process.terminate()
        await process.wait()
    await server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument(
        "--edge", nargs=argparse.REMAINDER, default=[], help="more words for the edge"
    )
    uvloop.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
