import pytest
from sqlalchemy.orm.exc import StaleDataError

from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.base import metadata
from manycast.runtime.store.tables.settings import Setting


def test_every_table_is_known_and_every_constraint_has_a_name() -> None:
    tables = metadata().sorted_tables
    assert {"audit", "settings", "idempotency"} <= {table.name for table in tables}
    assert all(part.name for table in tables for part in (*table.constraints, *table.indexes))


def test_a_change_of_an_older_version_is_refused(store: Store) -> None:
    with store.record() as db:
        db.add(Setting(key="site", value={}, changed_ms=1))
    with store.read() as db:
        old = db.get_one(Setting, "site")
    with store.record() as db:
        newer = db.get_one(Setting, "site")
        newer.changed_ms = 2
    assert (old.version, newer.version) == (1, 2)
    old.changed_ms = 3
    with pytest.raises(StaleDataError), store.record() as db:
        db.add(old)
