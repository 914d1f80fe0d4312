"""What the control role does when it, or its database, fails while somebody is live."""

import asyncio
import resource
import signal
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from tests.control.reports import ORIGIN, STREAM, ended
from tests.e2e.control import STORED_KEY, Control, Node, Watcher, control_role
from tests.runtime.store.people import api_key, person

from manycast.control.permissions import Action
from manycast.runtime.store.database import FILE
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


pytestmark = pytest.mark.e2e
LOOK_S = 0.1
PATIENCE_S = 60


@pytest.fixture
async def control(tmp_path: Path) -> AsyncIterator[Control]:
    store = Store(StateSettings(), tmp_path)
    with store.record() as db:
        api_key(db, person(db, "ann"), STORED_KEY, Action.LIVE_READ, Action.FLEET_READ)
    store.close()
    async with control_role(tmp_path) as control:
        yield control


def broadcasts(directory: Path) -> list[tuple[str, int, int | None]]:
    """Channel, beginning and end of every row."""
    books = sqlite3.connect(directory / FILE)
    rows = books.execute("SELECT channel, started_ms, ended_ms FROM broadcasts").fetchall()
    books.close()
    return rows


async def until_written(directory: Path, *rows: tuple[str, int, int | None]) -> None:
    """These and no others."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if sorted(broadcasts(directory)) == sorted(rows):
                return
            await asyncio.sleep(LOOK_S)


async def ready(control: Control, status: int) -> None:
    async with asyncio.timeout(PATIENCE_S), httpx2.AsyncClient(timeout=20) as client:
        while True:
            if (await client.get(f"{control.url}/readyz")).status_code == status:
                return
            await asyncio.sleep(LOOK_S)


async def test_killed_while_live_it_goes_on_where_it_was(control: Control) -> None:
    node, watcher = Node(control, ORIGIN), Watcher(control)
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(one.run()) for one in (node, watcher)]
        await until_written(control.directory, ("live", 1000, None))
        for _ in range(3):
            await watcher.until("streams")
            await control.end(signal.SIGKILL)
            await node.answered(2)
            assert node.answers[-1] == 0
            seen = len(watcher.events)
            await control.start()
            snapshot = await watcher.until("snapshot", seen)
            if not snapshot["streams"]["items"]:
                change = await watcher.until("streams", seen)
                assert change["changed"][0]["channel"] == "live"
        assert broadcasts(control.directory) == [("live", 1000, None)]
        node.report = replace(node.report, streams=(ended(STREAM, 90_000),))
        await until_written(control.directory, ("live", 1000, 90_000))
        for one in work:
            one.cancel()


async def test_it_stops_at_once_though_somebody_listens(control: Control) -> None:
    watcher = Watcher(control)
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(watcher.run())
        await watcher.until("snapshot")
        assert await control.end() == 0
        work.cancel()


async def test_a_locked_database_stops_nothing_but_the_books(control: Control) -> None:
    node, watcher = Node(control, ORIGIN), Watcher(control)
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(one.run()) for one in (node, watcher)]
        await watcher.until("snapshot")
        other = sqlite3.connect(control.directory / FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        node.report = replace(node.report, streams=(replace(STREAM, since_ms=5000),))
        seen = len(watcher.events)
        await told_of_trouble(watcher, seen)
        assert set(node.answers) == {200}
        other.execute("ROLLBACK")
        other.close()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if ("live", 5000, None) in broadcasts(control.directory):
                    break
                await asyncio.sleep(LOOK_S)
        for one in work:
            one.cancel()


async def test_a_full_disk_stops_nothing_but_the_books(control: Control) -> None:
    assert control.process is not None
    node, watcher = Node(control, ORIGIN), Watcher(control)
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(one.run()) for one in (node, watcher)]
        await until_written(control.directory, ("live", 1000, None))
        largest = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(control.process.pid, resource.RLIMIT_FSIZE, (4096, largest[1]))
        node.report = replace(node.report, streams=(ended(STREAM, 90_000),))
        await told_of_trouble(watcher, len(watcher.events))
        assert set(node.answers) == {200}
        resource.prlimit(control.process.pid, resource.RLIMIT_FSIZE, largest)
        await until_written(control.directory, ("live", 1000, 90_000))
        for one in work:
            one.cancel()


async def test_a_database_that_is_gone_is_said_and_written_to_when_it_is_back(
    control: Control,
) -> None:
    node, watcher = Node(control, ORIGIN), Watcher(control)
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(one.run()) for one in (node, watcher)]
        await until_written(control.directory, ("live", 1000, None))
        away = control.directory / "away"
        away.mkdir()
        files = sorted(control.directory.glob(f"{FILE}*"))
        for file in files:
            file.rename(away / file.name)
        node.report = replace(node.report, streams=(ended(STREAM, 90_000),))
        await told_of_trouble(watcher, len(watcher.events))
        await ready(control, 503)
        assert set(node.answers) == {200}
        for file in files:
            (away / file.name).rename(file)
        await until_written(control.directory, ("live", 1000, 90_000))
        await ready(control, 200)
        for one in work:
            one.cancel()


async def told_of_trouble(watcher: Watcher, since: int) -> None:
    """The control role says of itself that it cannot write."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            change = await watcher.until("fleet", since)
            if any("not written" in p for node in change["changed"] for p in node["problems"]):
                return
            since = len(watcher.events)
