import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from manycast.runtime import clock
from manycast.runtime.store.audit import Actor
from manycast.runtime.store.database import UnavailableError
from manycast.runtime.store.store import DAY_MS, Store
from manycast.runtime.store.tables.audit import Audit
from manycast.runtime.store.tables.settings import Setting
from manycast.settings.state import StateSettings


ADA = Actor(user_id="usr_1", name="Ada")


def test_a_change_and_its_audit_row_come_together(store: Store) -> None:
    detail = {"title": "One"}
    with store.change(ADA, "settings.write", "site", detail) as db:
        db.add(Setting(key="site", value={}, changed_ms=1))
        detail["title"] = "Two"
    with store.read() as db:
        assert db.get(Setting, "site") is not None
        row = db.scalars(select(Audit)).one()
    assert (row.action, row.target, row.detail) == ("settings.write", "site", {"title": "Two"})


class BrokenOffError(Exception):
    pass


def break_off(store: Store) -> None:
    with store.change(ADA, "settings.write", "site") as db:
        db.add(Setting(key="site", value={}, changed_ms=1))
        db.flush()
        raise BrokenOffError


def test_a_change_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(BrokenOffError):
        break_off(store)
    with store.read() as db:
        assert db.get(Setting, "site") is None
        assert db.scalars(select(Audit)).all() == []


def test_one_writer_at_a_time_and_nobody_waits_for_ever(
    settings: StateSettings, tmp_path: Path
) -> None:
    store = Store(replace(settings, wait_s=0.05), tmp_path)
    inside, leave = threading.Event(), threading.Event()

    def write() -> None:
        with store.record():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=write)
    thread.start()
    inside.wait(10)
    with pytest.raises(UnavailableError, match="others write"), store.record():
        pass
    leave.set()
    thread.join()
    with store.record():
        pass
    store.close()


def test_a_writer_inside_of_a_writer_is_a_mistake_of_ours(store: Store) -> None:
    with store.record(), pytest.raises(AssertionError, match="inside"), store.record():
        pass
    store.check()


def test_every_one_of_many_writers_gets_its_turn(store: Store) -> None:
    with store.record() as db:
        db.add(Setting(key="count", value={"n": 0}, changed_ms=0))

    def count() -> None:
        for _ in range(20):
            with store.record() as db:
                row = db.get_one(Setting, "count")
                row.value = {"n": row.value["n"] + 1}

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as db:
        assert db.get_one(Setting, "count").value == {"n": 160}


def test_what_was_changed_long_ago_is_forgotten_once_a_day(
    settings: StateSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(replace(settings, audit_kept_days=10), tmp_path)
    for day in (0, 5, 10, 11):
        monkeypatch.setattr(clock, "wall_ms", lambda day=day: day * DAY_MS)
        with store.change(ADA, "settings.write", f"day {day}"):
            pass
    with store.read() as db:
        assert set(db.scalars(select(Audit.target))) == {"day 5", "day 10", "day 11"}
    store.close()
