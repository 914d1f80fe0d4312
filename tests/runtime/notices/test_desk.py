import asyncio
from dataclasses import replace
from typing import Any

import pytest
from tests.runtime.store.outbox import target
from tests.runtime.store.test_rules import rule

from manycast.control.events import Event, IngestChanged, StreamLive
from manycast.control.notice import Notice
from manycast.model.fleet import Condition
from manycast.runtime.notices import desk as module
from manycast.runtime.notices.desk import Desk
from manycast.runtime.store import deliveries
from manycast.runtime.store.deliveries import Letter, Wanted
from manycast.runtime.store.paging import Slice
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.notices import Delivery
from manycast.settings.tree import Settings


LIVE = StreamLive(at_ms=1000, channel="live", since_ms=1000, origin="o")
BAD = IngestChanged(
    at_ms=1000, channel="live", since_ms=1000, condition=Condition.BAD, reasons=("Too slow.",)
)


class Clock:
    now_ms = 1000

    def __call__(self) -> int:
        return self.now_ms


def given(store: Store, *kinds: str, **fields: Any) -> None:
    with store.record() as db:
        db.add_all([target("tgt_1"), target("tgt_2"), target("tgt_3", enabled=False)])
        names = ["tgt_1", "tgt_2", "tgt_3", "tgt_gone"]
        db.add(rule("rul_1", kinds=list(kinds), targets=names, **fields))


def tell(store: Store, desk: Desk, event: Event) -> None:
    with store.record() as db:
        desk.take(db, event)


def outbox(store: Store) -> list[Delivery]:
    with store.read() as db:
        return deliveries.read_page(db, Wanted(), Slice(100))[0]


def test_each_target_that_is_on_is_told(store: Store) -> None:
    given(store, "stream.live", title="{channel}!")
    desk = Desk(store, Settings(), now_ms=Clock())
    tell(store, desk, LIVE)
    told = outbox(store)
    assert sorted(row.target_id for row in told) == ["tgt_1", "tgt_2"]
    assert {(row.title, row.rule_id, row.channel) for row in told} == {("live!", "rul_1", "live")}


def test_two_rules_for_one_target_tell_it_once(store: Store) -> None:
    given(store, "stream.live")
    with store.record() as db:
        db.add(rule("rul_2", kinds=["stream.live"], targets=["tgt_1"]))
    tell(store, Desk(store, Settings(), now_ms=Clock()), LIVE)
    assert len(outbox(store)) == 2


def test_what_was_not_committed_is_told_when_the_event_comes_again(store: Store) -> None:
    given(store, "stream.live")
    desk = Desk(store, Settings(), now_ms=Clock())
    with store.record() as db:
        desk.take(db, LIVE)
        db.rollback()
    assert not outbox(store)
    tell(store, desk, LIVE)
    assert len(outbox(store)) == 2


def test_a_process_that_is_started_anew_tells_nothing_twice(store: Store) -> None:
    given(store, "stream.live")
    for _ in range(3):
        tell(store, Desk(store, Settings(), now_ms=Clock()), LIVE)
    assert len(outbox(store)) == 2


def test_what_must_last_is_told_when_it_has(store: Store) -> None:
    given(store, "ingest.unhealthy", lasting_ms=15_000)
    clock, changed = Clock(), list[str]()
    desk = Desk(store, Settings(), changed.append, clock)
    tell(store, desk, BAD)
    desk.look()
    assert not outbox(store)
    clock.now_ms += 15_000
    desk.look()
    desk.look()
    told = outbox(store)
    assert {row.text for row in told} == {"Too slow."}
    assert sorted(changed) == sorted(row.id for row in told)


def test_a_cool_down_outlasts_the_process(store: Store) -> None:
    given(store, "ingest.unhealthy", cooldown_ms=60_000)
    clock = Clock()
    tell(store, Desk(store, Settings(), now_ms=clock), BAD)
    clock.now_ms += 30_000
    desk = Desk(store, Settings(), now_ms=clock)
    tell(store, desk, BAD)
    assert len(outbox(store)) == 2


def test_quiet_hours_hold_it_back(store: Store) -> None:
    night = {"zone": "UTC", "begins": "22:00", "ends": "07:00", "instead": "hold"}
    given(store, "stream.live", quiet=night)
    tell(store, Desk(store, Settings(), now_ms=Clock()), LIVE)
    assert {row.due_ms for row in outbox(store)} == {7 * 3_600_000}


def test_a_rule_that_cannot_be_read_keeps_nothing_else_out_of_the_books(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    given(store, "no.such.kind")
    tell(store, Desk(store, Settings(), now_ms=Clock()), LIVE)
    assert "nobody is told" in caplog.text


def test_what_cannot_be_put_into_words_keeps_nothing_else_back(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words = module.letter

    def faulty(settings: Settings, notice: Notice, *others: Any) -> Letter:
        if notice.channel == "bad":
            raise KeyError("a fault")
        return words(settings, notice, *others)

    monkeypatch.setattr(module, "letter", faulty)
    given(store, "stream.live", "ingest.unhealthy", lasting_ms=15_000)
    clock = Clock()
    desk = Desk(store, Settings(), now_ms=clock)
    for channel in ("bad", "good"):
        tell(store, desk, replace(LIVE, channel=channel))
        tell(store, desk, replace(BAD, channel=channel))
    clock.now_ms += 15_000
    desk.look()
    assert {(row.kind, row.channel) for row in outbox(store)} == {
        ("stream.live", "good"),
        ("ingest.unhealthy", "good"),
    }
    assert caplog.text.count("nobody is told of") == 2


async def test_it_looks_by_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.01)
    given(store, "ingest.unhealthy", lasting_ms=15_000)
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    clock = Clock()
    desk = Desk(store, Settings(), lambda _: loop.call_soon_threadsafe(told.set), clock)
    tell(store, desk, BAD)
    async with asyncio.TaskGroup() as tasks, asyncio.timeout(30):
        work = tasks.create_task(desk.run())
        clock.now_ms += 15_000
        await told.wait()
        work.cancel()
    assert len(outbox(store)) == 2


def test_a_target_that_never_answers_has_a_limit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 3)
    given(store, "stream.live")
    desk = Desk(store, Settings(), now_ms=Clock())
    for since_ms in range(10):
        tell(store, desk, replace(LIVE, since_ms=since_ms))
    assert len(outbox(store)) == 6
