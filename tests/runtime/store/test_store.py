import pytest
from sqlalchemy import select

from manycast.runtime.store.audit import Actor
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.audit import Audit
from manycast.runtime.store.tables.settings import Setting


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
