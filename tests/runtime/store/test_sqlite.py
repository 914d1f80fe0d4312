import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from manycast.runtime.store.database import FILE, UnavailableError, blame, connect, writing
from manycast.settings.state import StateSettings


def test_it_keeps_what_it_has_acknowledged_to_its_owner(tmp_path: Path) -> None:
    engine = connect(StateSettings(), tmp_path)
    with engine.connect() as db:
        assert db.scalar(text("PRAGMA journal_mode")) == "wal"
        assert db.scalar(text("PRAGMA synchronous")) == 2
        assert db.scalar(text("PRAGMA foreign_keys")) == 1
        for file in tmp_path.iterdir():
            assert file.stat().st_mode & 0o777 == 0o600
    engine.dispose()


def test_readers_go_on_while_another_process_holds_the_lock(tmp_path: Path) -> None:
    engine = connect(StateSettings(wait_s=0.05), tmp_path)
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    with writing(engine).begin() as db:
        db.execute(text("CREATE TABLE t (x INTEGER)"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError, match="locked"), blame(), writing(engine).begin():
        pass
    with blame(), engine.begin() as db:
        assert db.scalar(text("SELECT count(*) FROM t")) == 0
    other.close()
    with blame(), writing(engine).begin() as db:
        db.execute(text("INSERT INTO t VALUES (1)"))
    engine.dispose()


def test_a_file_that_is_gone_is_not_made_again_and_is_found_when_it_returns(tmp_path: Path) -> None:
    engine = connect(StateSettings(), tmp_path)
    with writing(engine).begin() as db:
        db.execute(text("CREATE TABLE t (x INTEGER)"))
    (tmp_path / FILE).rename(tmp_path / "away")
    for _ in range(3):
        with pytest.raises(UnavailableError, match="unable to open"), blame(), engine.begin():
            pass
    assert not (tmp_path / FILE).exists()
    (tmp_path / "away").rename(tmp_path / FILE)
    with blame(), writing(engine).begin() as db:
        db.execute(text("INSERT INTO t VALUES (1)"))
    engine.dispose()


def test_a_full_database_refuses_the_change_and_keeps_the_rest(tmp_path: Path) -> None:
    engine = connect(StateSettings(connections_max=1), tmp_path)
    with writing(engine).begin() as db:
        db.execute(text("CREATE TABLE t (x BLOB)"))
    with engine.connect() as db:
        db.execute(text("PRAGMA max_page_count=8"))
    with pytest.raises(UnavailableError, match="full"), blame(), writing(engine).begin() as db:
        db.execute(text("INSERT INTO t VALUES (zeroblob(100000))"))
    with blame(), writing(engine).begin() as db:
        db.execute(text("INSERT INTO t VALUES (zeroblob(10))"))
        assert db.scalar(text("SELECT count(*) FROM t")) == 1
    engine.dispose()


@pytest.mark.parametrize(
    "damage", [b"no database, but long enough to look like one" * 100, b"short"]
)
def test_a_file_that_is_no_database_is_unavailable_and_left_alone(
    tmp_path: Path, damage: bytes
) -> None:
    (tmp_path / FILE).write_bytes(damage)
    engine = connect(StateSettings(), tmp_path)
    with pytest.raises(UnavailableError), blame(), engine.begin() as db:
        db.execute(text("SELECT * FROM sqlite_master"))
    engine.dispose()
    assert (tmp_path / FILE).read_bytes() == damage
