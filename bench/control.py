"""How old live figures are when a dashboard shows them, and what that costs: nodes report, listeners follow the events."""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import httpx2
from bench.network import cpu_s
from tests.control.reports import EDGE, INGEST, ORIGIN, STREAM
from tests.runtime.store.people import api_key, person

from manycast.control.permissions import Action
from manycast.model.fleet import NodeReport
from manycast.runtime.fleet_token import fleet_token
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


KEY = "mck_bench"
REPORT_S = 0.5
"""As ``control.report_ms`` asks of real nodes."""
SETTLE_S = 3.0
"""Until every listener has its snapshot."""


class Nodes:
    """One origin with a stream whose figures say when they were made, and edges beside it."""

    def __init__(self, count: int) -> None:
        self._reports = [ORIGIN] + [
            replace(EDGE, node=f"edge@{number}", viewers={STREAM.stream: number})
            for number in range(1, count)
        ]

    async def run(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=headers) as client,
            asyncio.TaskGroup() as tasks,
        ):
            for number, report in enumerate(self._reports):
                offset_s = REPORT_S * number / len(self._reports)
                tasks.create_task(self._report(client, url, report, offset_s))

    async def _report(
        self, client: httpx2.AsyncClient, url: str, report: NodeReport, offset_s: float
    ) -> None:
        due = time.monotonic() + offset_s
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due += REPORT_S
            report = stamped(replace(report, sequence=report.sequence + 1))
            (
                await client.post(f"{url}/api/v1/fleet/reports", json=asdict(report))
            ).raise_for_status()


def stamped(report: NodeReport) -> NodeReport:
    """``dropped_frames`` is the time of the figures, in milliseconds of this process's clock."""
    ingest = replace(INGEST, dropped_frames=int(time.monotonic() * 1000))
    return replace(report, streams=tuple(replace(s, ingest=ingest) for s in report.streams))


class Ages:
    """Of the figures on one dashboard: just before the next ones come they are oldest."""

    def __init__(self) -> None:
        self.fresh_ms: list[float] = []
        self.oldest_ms: list[float] = []
        self._made_ms: int | None = None

    async def follow(self, client: httpx2.AsyncClient, url: str) -> None:
        async with client.stream("GET", f"{url}/api/v1/events") as reply:
            reply.raise_for_status()
            async for line in reply.aiter_lines():
                if line.startswith("data: "):
                    self._take(json.loads(line[6:]))

    def _take(self, data: dict[str, Any]) -> None:
        streams = data.get("streams", data).get("items") or data.get("changed", ())
        for stream in streams:
            if stream.get("ingest"):
                now_ms, made_ms = time.monotonic() * 1000, stream["ingest"]["dropped_frames"]
                if self._made_ms is not None and made_ms != self._made_ms:
                    self.oldest_ms.append(now_ms - self._made_ms)
                    self.fresh_ms.append(now_ms - made_ms)
                self._made_ms = made_ms


@asynccontextmanager
async def control_role(folder: Path) -> AsyncIterator[tuple[str, int]]:
    """URL and process."""
    store = Store(StateSettings(), folder)
    with store.record() as db:
        api_key(db, person(db, "bench"), KEY, Action.LIVE_READ, Action.FLEET_READ)
    store.close()
    words = ["control", "--dir", str(folder), "--listen", "127.0.0.1:0"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "manycast.cli", *words, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+:\d+", (await process.stdout.readline()).decode())
        assert found is not None
        yield found[0], process.pid
    finally:
        process.terminate()
        await process.communicate()


async def measure(nodes: int, listeners: int, seconds: float) -> dict[str, Any]:
    ages = [Ages() for _ in range(listeners)]
    limits = httpx2.Limits(max_connections=listeners)
    headers = {"Authorization": f"Bearer {KEY}"}
    with tempfile.TemporaryDirectory() as name:
        async with (
            control_role(Path(name)) as (url, pid),
            httpx2.AsyncClient(headers=headers, limits=limits, timeout=60) as client,
            asyncio.TaskGroup() as tasks,
        ):
            work = [tasks.create_task(Nodes(nodes).run(url, fleet_token("", Path(name))))]
            work += [tasks.create_task(one.follow(client, url)) for one in ages]
            await asyncio.sleep(SETTLE_S)
            for one in ages:
                one.fresh_ms.clear()
                one.oldest_ms.clear()
            began, used = time.monotonic(), cpu_s(pid)
            await asyncio.sleep(seconds)
            used, passed = cpu_s(pid) - used, time.monotonic() - began
            for task in work:
                task.cancel()
    return {
        "nodes": nodes,
        "listeners": listeners,
        "figures": sum(len(one.fresh_ms) for one in ages),
        "fresh_ms": spread([ms for one in ages for ms in one.fresh_ms]),
        "oldest_ms": spread([ms for one in ages for ms in one.oldest_ms]),
        "control_cpu_s_per_s": round(used / passed, 4),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    places = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {
        name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
        for name, share in places.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=10)
    parser.add_argument("--listeners", default="1,20,100", help="dashboards that are open, in turn")
    parser.add_argument("--seconds", type=float, default=20.0, help="for each")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    for listeners in map(int, arguments.listeners.split(",")):
        rows.append(asyncio.run(measure(arguments.nodes, listeners, arguments.seconds)))
        if not arguments.json:
            print(rows[-1], flush=True)
    if arguments.json:
        print(json.dumps({"cores": os.cpu_count(), "results": rows}))


if __name__ == "__main__":
    main()
