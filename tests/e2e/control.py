"""A control role as a child process, a node that reports to it, and somebody who watches its events."""

import asyncio
import json
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import httpx2

from manycast.model.fleet import NodeReport
from manycast.runtime.fleet_token import fleet_token


REPORT_S = 0.2
PATIENCE_S = 60
STORED_KEY = "mck_test"


class Control:
    """Started on a free port, and started again on the same one."""

    def __init__(self, directory: Path, *words: str, log: Path | None = None) -> None:
        """``words`` are further options of the command, ``log`` a file for what it logs."""
        self.directory = directory
        self.words = words
        self.log = log
        self.url = ""
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        listen = self.url.removeprefix("http://") or "127.0.0.1:0"
        words = ["control", "--dir", str(self.directory), "--listen", listen, *self.words]
        with ExitStack() as stack:
            log = stack.enter_context(self.log.open("ab")) if self.log else None
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "manycast.cli", *words, stdout=PIPE, stderr=log
            )
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = (await self.process.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None, line
        self.url = found[0]

    async def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        async with asyncio.timeout(PATIENCE_S):
            await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def control_role(
    directory: Path, *words: str, log: Path | None = None
) -> AsyncIterator[Control]:
    control = Control(directory, *words, log=log)
    await control.start()
    try:
        yield control
    finally:
        if control.process is not None and control.process.returncode is None:
            await control.end(signal.SIGKILL)


class Node:
    """Reports ``report`` again and again, whoever answers."""

    def __init__(self, control: Control, report: NodeReport) -> None:
        self.report = report
        self.answers: list[int] = []
        """Statuses; 0 where nobody answered."""
        self.assignment: dict[str, Any] = {}
        self._control = control
        token = fleet_token("", control.directory)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._answered = asyncio.Event()

    async def run(self) -> None:
        async with httpx2.AsyncClient(headers=self._headers, timeout=10) as client:
            while True:
                self.report = replace(self.report, sequence=self.report.sequence + 1)
                await self._tell(client)
                self._answered.set()
                await asyncio.sleep(REPORT_S)

    async def _tell(self, client: httpx2.AsyncClient) -> None:
        try:
            reply = await client.post(
                f"{self._control.url}/api/v1/fleet/reports", json=asdict(self.report)
            )
        except httpx2.HTTPError:
            self.answers.append(0)
            return
        self.answers.append(reply.status_code)
        if reply.status_code == 200:
            self.assignment = reply.json()

    async def answered(self, count: int = 1) -> None:
        """Wait for so many more answers of any kind."""
        for _ in range(count):
            self._answered.clear()
            async with asyncio.timeout(PATIENCE_S):
                await self._answered.wait()


class Watcher:
    """Follows the events as a browser does: comes again a second after each break."""

    def __init__(self, control: Control, key: str = STORED_KEY) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._control = control
        self._headers = {"Authorization": f"Bearer {key}"}
        self._told = asyncio.Condition()

    async def run(self) -> None:
        timeout = httpx2.Timeout(10, read=30)
        async with httpx2.AsyncClient(headers=self._headers, timeout=timeout) as client:
            while True:
                with suppress(httpx2.HTTPError):
                    await self._follow(client)
                await asyncio.sleep(0.5)

    async def _follow(self, client: httpx2.AsyncClient) -> None:
        async with client.stream("GET", f"{self._control.url}/api/v1/events") as reply:
            name = ""
            async for line in reply.aiter_lines():
                kind, _, value = line.partition(": ")
                if kind == "event":
                    name = value
                if kind == "data":
                    async with self._told:
                        self.events.append((name, json.loads(value)))
                        self._told.notify_all()

    async def until(self, kind: str, since: int = 0) -> dict[str, Any]:
        """The first event of this kind from number ``since`` on."""
        async with asyncio.timeout(PATIENCE_S), self._told:
            await self._told.wait_for(lambda: any(name == kind for name, _ in self.events[since:]))
        return next(data for name, data in self.events[since:] if name == kind)
