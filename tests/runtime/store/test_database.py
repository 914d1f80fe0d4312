import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import exc, text

from manycast.runtime.store.database import FILE, UnavailableError, blame, connect, writing
from manycast.settings.state import StateSettings


def test_sqlite_keeps_what_it_has_acknowledged(tmp_path: Path) -> None:
    engine = connect(StateSettings(), tmp_path)
    with engine.connect() as db:
        assert db.scalar(text("PRAGMA journal_mode")) == "wal"
        assert db.scalar(text("PRAGMA synchronous")) == 2
        assert db.scalar(text("PRAGMA foreign_keys")) == 1
    engine.dispose()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_locked_database_is_unavailable(tmp_path: Path) -> None:
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
    engine.dispose()


def test_our_own_mistakes_are_not_blamed_on_the_world(tmp_path: Path) -> None:
    engine = connect(StateSettings(), tmp_path)
    with pytest.raises(exc.OperationalError), blame(), engine.connect() as db:
        db.execute(text("SELECT * FROM nowhere"))
    engine.dispose()
