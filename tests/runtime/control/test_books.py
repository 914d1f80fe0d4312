import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session
from tests.control.reports import ORIGIN, RECORDING, STREAM, ended

from manycast.control.events import Event
from manycast.runtime.control.books import Books, remembered
from manycast.runtime.control.hub import Hub, Touched
from manycast.runtime.control.network import Network
from manycast.runtime.store import broadcasts
from manycast.runtime.store.database import FILE, UnavailableError
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.channels import Channel
from manycast.settings.control import ControlSettings
from manycast.settings.state import StateSettings


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(StateSettings(wait_s=0.05), tmp_path)
    yield store
    store.close()


def begin(store: Store, **takers: object) -> tuple[Network, Books, Hub]:
    hub = Hub()
    network = Network(ControlSettings(), hub, lambda: 2000, *remembered(store))
    return network, Books(store, network, hub, **takers), hub  # type: ignore[arg-type]  # as given


def channel(db: Session, name: str) -> None:
    row = Channel(
        id=new_id("chn"),
        name=name,
        title=name,
        description="",
        recording=False,
        kicks=0,
        srt_sealed=None,
        srt_slot=None,
        created_ms=0,
    )
    db.add(row)


def rows(store: Store) -> list[tuple[str, int, int | None]]:
    with store.read() as db:
        return [(row.channel, row.started_ms, row.ended_ms) for row in broadcasts.latest(db)]


async def test_a_broadcast_is_one_row_though_the_role_is_started_anew(store: Store) -> None:
    network, books, _ = begin(store)
    network.report(ORIGIN)
    await books.keep()
    assert rows(store) == [("live", 1000, None)]
    network, books, _ = begin(store)
    network.report(replace(ORIGIN, sequence=2))
    assert not network.waiting
    network.report(replace(ORIGIN, sequence=3, streams=(ended(STREAM, 1900),)))
    await books.keep()
    assert rows(store) == [("live", 1000, 1900)]


async def test_an_origin_whose_clock_was_set_back_leaves_no_broadcast_open(store: Store) -> None:
    network, books, _ = begin(store)
    network.report(ORIGIN)
    earlier = replace(ORIGIN, sequence=2, streams=(replace(STREAM, since_ms=900),))
    network.report(earlier)
    await books.keep()
    network, books, _ = begin(store)
    network.report(replace(ORIGIN, sequence=3, streams=()))
    await books.keep()
    with store.read() as db:
        assert broadcasts.unended(db) == []


async def test_who_died_before_writing_writes_it_after_the_restart(store: Store) -> None:
    begin(store)[0].report(ORIGIN)
    network, books, _ = begin(store)
    network.report(replace(ORIGIN, sequence=2))
    await books.keep()
    assert rows(store) == [("live", 1000, None)]


async def test_what_happens_while_the_database_is_locked_is_written_later(
    store: Store, tmp_path: Path
) -> None:
    network, books, _ = begin(store)
    network.report(ORIGIN)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError):
        await books.keep()
    network.report(replace(ORIGIN, sequence=2, streams=(ended(STREAM, 1900),)))
    with pytest.raises(UnavailableError):
        await books.keep()
    other.execute("ROLLBACK")
    other.close()
    await books.keep()
    assert rows(store) == [("live", 1000, 1900)]


async def test_recordings_are_noted_and_those_who_watch_are_told(store: Store) -> None:
    network, books, hub = begin(store)
    report = replace(ORIGIN, recordings=(RECORDING,))
    network.report(report)
    with hub.listen("usr_a", "ses_a") as listener:
        await books.keep()
        told = await listener.news(20)
    assert {Touched("recordings"), Touched("broadcasts", "", "live")} <= set(told)
    assert network.report(replace(report, sequence=2)).recordings_noted
    assert remembered(store)[1] == [("live", RECORDING.take)]


async def test_origins_are_granted_what_the_books_hold(store: Store) -> None:
    network, books, _ = begin(store)
    await books.keep()
    before = network.report(ORIGIN)
    assert before.channels == ()
    with store.record() as db:
        channel(db, "live")
    await books.keep()
    after = network.report(replace(ORIGIN, sequence=2, revision=before.revision))
    assert after.channels is not None
    assert [grant.channel for grant in after.channels] == ["live"]
    assert network.channels["live"].startswith("chn_")


async def test_a_fault_of_our_own_costs_one_event(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    def take(_: Session, event: Event, __: int) -> None:
        seen.append(type(event).__name__)
        if len(seen) == 1:
            raise KeyError("a fault")

    network, books, _ = begin(store, takers=[take])
    network.report(ORIGIN)
    network.report(replace(ORIGIN, sequence=2, streams=(ended(STREAM, 1900),)))
    with caplog.at_level(logging.ERROR):
        await books.keep()
    assert seen == ["StreamLive", "StreamEnded"]
    assert "please report it" in caplog.text


async def test_what_happened_last_is_written_before_the_end(store: Store) -> None:
    network, books, _ = begin(store)
    async with asyncio.timeout(60):
        books.close()
        network.report(ORIGIN)
        await books.run()
    assert rows(store) == [("live", 1000, None)]


async def test_trouble_is_said_until_it_is_over(store: Store, tmp_path: Path) -> None:
    network, books, _ = begin(store)
    network.report(ORIGIN)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await books._try()
    assert "does not answer" in books.trouble
    granted = network.report(replace(ORIGIN, sequence=2, revision="old"))
    assert granted.channels == (), "who may publish is known all the same"
    other.execute("ROLLBACK")
    other.close()
    await books._try()
    assert books.trouble == ""
