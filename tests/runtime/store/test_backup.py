import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, select, text
from tests.runtime.store.filling import everything, fill

from manycast.runtime.store.audit import Actor
from manycast.runtime.store.backup import BackupError, restore, save
from manycast.runtime.store.database import connect, migrating, reading
from manycast.runtime.store.dump import Batch, DumpError, Header, write
from manycast.runtime.store.revisions import upgrade
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.audit import Audit
from manycast.runtime.store.tables.settings import Setting
from manycast.settings.state import StateSettings


@pytest.fixture
def engine(settings: StateSettings, tmp_path: Path) -> Iterator[Engine]:
    engine = connect(settings, tmp_path / "one")
    upgrade(engine)
    with migrating(engine) as db:
        fill(db)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of either kind."""
    settings = StateSettings()
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        settings = StateSettings(url=server.fresh())
    engine = connect(settings, tmp_path / "other")
    yield engine
    engine.dispose()


def content(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with reading(engine).connect() as db:
        return everything(db)


def test_everything_comes_back_in_either_kind_of_database(
    engine: Engine, other: Engine, tmp_path: Path
) -> None:
    saved = save(engine, tmp_path / "backup", 1)
    assert restore(other, tmp_path / "backup") == saved
    assert content(other) == content(engine)
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600


def test_a_restored_database_is_like_one_that_grew(engine: Engine, tmp_path: Path) -> None:
    save(engine, tmp_path / "backup", 1)
    restore(engine, tmp_path / "backup", force=True)
    upgrade(engine)
    with engine.connect() as db:
        names = {index["name"] for index in inspect(db).get_indexes("audit")}
    assert names == {"ix_audit_at_ms", "ix_audit_action", "ix_audit_target"}


def test_nothing_is_replaced_unasked(engine: Engine, tmp_path: Path) -> None:
    save(engine, tmp_path / "backup", 1)
    with pytest.raises(BackupError, match="--force"):
        save(engine, tmp_path / "backup", 1)
    with pytest.raises(BackupError, match="--force"):
        restore(engine, tmp_path / "backup")
    save(engine, tmp_path / "backup", 1, force=True)
    restore(engine, tmp_path / "backup", force=True)


def test_a_damaged_backup_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "backup"
    save(engine, path, 1)
    before = content(engine)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DumpError):
        restore(engine, path, force=True)
    assert content(engine) == before


@pytest.mark.parametrize(
    ("revision", "batch"),
    [
        ("0001", Batch("nowhere", ["id"], [[1]])),
        ("0001", Batch("audit", ["nothing"], [[1]])),
        ("0001", Batch("audit", ["id"], [["only an id"]])),
        ("0001", Batch("settings", ["key", "value", "sealed"], [["k", {}, "no base64!"]])),
        ("0001", Batch("channel_members", ["channel_id", "user_id"], [["nobody", "no channel"]])),
        ("9999", Batch("audit", ["id"], [])),
    ],
)
def test_rows_that_no_database_held_change_nothing(
    engine: Engine, tmp_path: Path, revision: str, batch: Batch
) -> None:
    before = content(engine)
    with (tmp_path / "backup").open("wb") as file:
        write(file, Header(revision=revision, program="9.9", made_ms=1), [batch])
    with pytest.raises((DumpError, BackupError)):
        restore(engine, tmp_path / "backup", force=True)
    assert content(engine) == before


def test_an_empty_database_has_no_backup_and_a_foreign_one_takes_none(
    engine: Engine, other: Engine, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="empty"):
        save(other, tmp_path / "backup", 1)
    assert not list(tmp_path.glob("backup*"))
    save(engine, tmp_path / "backup", 1)
    with other.begin() as db:
        db.execute(text("CREATE TABLE theirs (x INTEGER)"))
    with pytest.raises(BackupError, match="did not make"):
        restore(other, tmp_path / "backup", force=True)


def test_a_running_store_goes_on_with_what_was_restored(
    store: Store, settings: StateSettings, tmp_path: Path
) -> None:
    def settings_of(store: Store) -> set[str]:
        with store.read() as db:
            return set(db.scalars(select(Setting.key)))

    def add(key: str) -> None:
        with store.change(Actor(name="Ada"), "settings.write", key) as db:
            db.add(Setting(key=key, value={}, changed_ms=1))

    for n in range(10):  # often enough for PostgreSQL's driver to prepare the statements
        add(f"before {n}")
    save(store.engine, tmp_path / "backup", 1)
    before = settings_of(store)
    add("lost")
    other = connect(settings, tmp_path)
    restore(other, tmp_path / "backup", force=True)
    other.dispose()
    assert settings_of(store) == before
    add("after")
    assert settings_of(store) == before | {"after"}


def test_a_backup_under_load_is_of_one_moment(store: Store, tmp_path: Path) -> None:
    """Each change writes two rows; a backup that saw one without the other was of two moments."""
    stop = threading.Event()
    written = 0

    def change() -> None:
        nonlocal written
        while not stop.is_set():
            with store.change(Actor(name="Ada"), "settings.write", f"key {written}") as db:
                db.add(Setting(key=f"key {written}", value={"n": written}, changed_ms=written))
            written += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        counts = [_restored(store, tmp_path / f"backup{n}") for n in range(5)]
    finally:
        stop.set()
        thread.join()
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] <= written


def _restored(store: Store, path: Path) -> int:
    """How many changes a backup made now holds, after a look at whether they belong together."""
    save(store.engine, path, 1)
    other = connect(StateSettings(), path.parent / "restored")
    restore(other, path, force=True)
    with other.connect() as db:
        audit = {row.target for row in db.execute(select(Audit.target))}
        settings = {row.key for row in db.execute(select(Setting.key))}
    other.dispose()
    assert audit == settings - {"probe"}
    assert audit == {f"key {m}" for m in range(len(audit))}
    return len(audit)
