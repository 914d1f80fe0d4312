import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from manycast.runtime.edge.place import Place
from manycast.runtime.edge.supervisor import Crew, listen_on, supervise
from manycast.settings.workers import WorkersSettings


WORKER = """
import os, socket, sys, time
supervisor = socket.socket(socket.AF_UNIX)
supervisor.connect(sys.argv[1] + "/supervisor")
supervisor.send(b"GET /ready/%d HTTP/1.1\\r\\nhost: s\\r\\n\\r\\n" % os.getpid())
supervisor.recv(999)
listening = socket.socket(fileno=int(sys.argv[2]))
listening.setblocking(True)
while True:
    one, _ = listening.accept()
    one.send(b"%d" % os.getpid())
    one.close()
"""


def exists(path: Path) -> bool:
    return path.exists()


@dataclass
class Started:
    port: int
    places: list[Place]
    broken: bool = False
    running: asyncio.Event = field(default_factory=asyncio.Event)

    def command(self, place: Place) -> Sequence[str]:
        self.places.append(place)
        text = "import sys; sys.exit(1)" if self.broken else WORKER
        return [sys.executable, "-c", text, place.folder, str(place.files[0])]

    async def pid(self) -> int:
        """Whoever takes the next connection; it may have to be started first, or die with it."""
        said = b""
        async with asyncio.timeout(20):
            while not said:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                with suppress(ConnectionError):
                    said = await reader.read()
                writer.close()
        return int(said)

    async def pids(self, count: int, never: set[int]) -> set[int]:
        seen: set[int] = set()
        async with asyncio.timeout(30):
            while len(seen) < count:
                seen |= {await self.pid()} - never
        return seen


@asynccontextmanager
async def supervised(workers: int) -> AsyncIterator[Started]:
    started = Started(0, [])
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()
    settings = WorkersSettings(ready_s=1.0)
    crew = Crew(started.command, workers, "127.0.0.1", 0, settings=settings)
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        tasks.create_task(supervise(crew, stop, port.set_result))
        started.port = await port
        yield started
        stop.set()
    assert not exists(Path(started.places[0].folder))


async def test_a_worker_that_is_killed_is_replaced_behind_the_same_port() -> None:
    async with supervised(1) as started:
        first = await started.pid()
        os.kill(first, signal.SIGKILL)
        assert await started.pid() != first


async def test_a_hangup_replaces_every_worker() -> None:
    async with supervised(2) as started:
        first = {await started.pid()}
        os.kill(os.getpid(), signal.SIGHUP)
        second = await started.pids(2, never=first)
        assert not first & second
        assert [place.number for place in started.places] == [0, 1, 0, 1]


async def test_what_does_not_start_replaces_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async with supervised(1) as started:
        first = await started.pid()
        started.broken = True
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(20):
            while "does not get ready" not in caplog.text:  # noqa: ASYNC110  the log has no event
                await asyncio.sleep(0.02)
        assert await started.pid() == first


async def test_every_address_of_a_host_is_listened_on_under_one_port() -> None:
    found = await listen_on("", 0, 8)
    assert len({one.getsockname()[1] for one in found}) == 1
    for one in found:
        one.close()


async def test_a_taken_port_is_named() -> None:
    (first,) = await listen_on("127.0.0.1", 0, 8)
    port = first.getsockname()[1]
    with pytest.raises(OSError, match=f"127.0.0.1 port {port}"):
        await listen_on("127.0.0.1", port, 8)
    first.close()
