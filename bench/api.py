"""How long the control API takes to answer at a steady rate of reads and changes, on SQLite and on PostgreSQL.

Requests begin when they are due, whether or not those before them are answered, and are timed from then: a stall is felt
by everybody who would have come meanwhile. Client and server share the machine.
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import httpx2
from tests.e2e.administrator import Control, control, prepare
from tests.e2e.postgresql import Server, missing

from manycast.runtime.store import broadcasts
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


CHANNELS = 50
BROADCASTS = 2000
WARM_S = 2.0
Asked = tuple[str, str, str, dict[str, object] | None]
"""Kind, method, path, body."""


def mixed() -> Iterator[Asked]:
    """Eight of ten read, as dashboards do; two change something: a title, and a key that is made."""
    for number in cycle(range(CHANNELS)):
        one = f"/channels/c{number}"
        yield "list", "GET", "/channels", None
        yield "read", "GET", one, None
        yield "list", "GET", "/broadcasts?limit=20", None
        yield "live", "GET", "/streams", None
        yield "change", "PATCH", one, {"title": f"Title {number}"}
        yield "list", "GET", "/channels?limit=10", None
        yield "read", "GET", one, None
        yield "list", "GET", f"/broadcasts?channel=c{number}", None
        yield "live", "GET", "/fleet", None
        yield "change", "POST", f"{one}/srt", {}


@dataclass
class Tally:
    delays_ms: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, kind: str, delay_ms: float, status: int) -> None:
        self.statuses[status] += 1
        for name in (kind, "all"):
            self.delays_ms.setdefault(name, []).append(delay_ms)

    def row(self) -> dict[str, object]:
        found: dict[str, object] = {"statuses": dict(sorted(self.statuses.items()))}
        for name, delays in sorted(self.delays_ms.items()):
            ordered = sorted(delays)
            found[name] = {
                f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)], 2)
                for share in (50, 95, 99)
            }
        return found


def fill(settings: StateSettings, directory: Path) -> None:
    """What a network has after a year."""
    with closing(Store(settings, directory)) as store, store.record() as db:
        for number in range(BROADCASTS):
            channel, at_ms = f"c{number % CHANNELS}", 1_700_000_000_000 + number * 3_600_000
            broadcasts.begin(db, channel, at_ms, "origin@here").ended_ms = at_ms + 3_000_000


async def ask(room: Control, rate: float, seconds: float) -> Tally:
    tally = Tally()
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=200)
    headers = {**room.program, "If-Match": "*"}
    async with httpx2.AsyncClient(headers=headers, limits=limits, timeout=30) as client:
        for number in range(CHANNELS):
            await client.post(f"{room.url}/api/v1/channels", json={"name": f"c{number}"})
        await steadily(room, client, rate, WARM_S, Tally())
        await steadily(room, client, rate, seconds, tally)
    return tally


async def steadily(
    room: Control, client: httpx2.AsyncClient, rate: float, seconds: float, tally: Tally
) -> None:
    async def one(due: float, asked: Asked) -> None:
        kind, method, path, body = asked
        reply = await client.request(method, f"{room.url}/api/v1{path}", json=body)
        tally.add(kind, (time.perf_counter() - due) * 1000, reply.status_code)

    async with asyncio.TaskGroup() as tasks:
        began = time.perf_counter()
        for number, asked in enumerate(islice(mixed(), int(rate * seconds))):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(one(due, asked))


def measure(settings: StateSettings, rate: float, seconds: float) -> dict[str, object]:
    config = f'[network]\nsrt_channels_max = {CHANNELS}\n[state]\nurl = "{settings.url}"\n'
    with tempfile.TemporaryDirectory() as folder:
        prepare(settings, Path(folder))
        fill(settings, Path(folder))
        with control(Path(folder), config) as room:
            return asyncio.run(ask(room, rate, seconds)).row()


@contextmanager
def postgresql() -> Iterator[str]:
    """As durable as it comes."""
    folder = Path(tempfile.mkdtemp(prefix="manycast-pg-"))
    server = Server(folder, durable=True)
    try:
        server.start()
        yield server.fresh()
    finally:
        server.stop("immediate")
        shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200.0, help="requests each second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found: dict[str, object] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "rate": arguments.rate,
        "sqlite": measure(StateSettings(), arguments.rate, arguments.seconds),
    }
    if reason := missing():
        found["postgresql"] = reason
    else:
        with postgresql() as url:
            settings = StateSettings(url=url)
            found["postgresql"] = measure(settings, arguments.rate, arguments.seconds)
    print(json.dumps(found) if arguments.json else table(found))


def table(found: dict[str, object]) -> str:
    lines = [f"{found['rate']:.0f} requests/s on {found['machine']}; p50 / p95 / p99 in ms"]
    for engine in ("sqlite", "postgresql"):
        row = found[engine]
        if isinstance(row, str):
            lines.append(f"{engine}: {row}")
            continue
        assert isinstance(row, dict)
        lines.append(f"{engine}: statuses {row['statuses']}")
        for kind in ("all", "list", "read", "live", "change"):
            shown = " / ".join(f"{value:7.1f}" for value in row[kind].values())
            lines.append(f"  {kind:8}{shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
