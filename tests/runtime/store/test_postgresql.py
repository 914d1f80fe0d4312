from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.e2e.postgresql import Server

from manycast.runtime import clock
from manycast.runtime.store.database import UnavailableError, blame, connect, reading, writing
from manycast.runtime.store.postgresql import TRUSTED_S
from manycast.settings.state import StateSettings


def test_a_reader_sees_one_unchanging_state_and_cannot_write(
    postgresql: str, tmp_path: Path
) -> None:
    engine = connect(StateSettings(url=postgresql), tmp_path)
    with writing(engine).begin() as db:
        db.execute(text("CREATE TABLE t (x INTEGER)"))
    with reading(engine).connect() as before:
        assert before.scalar(text("SELECT count(*) FROM t")) == 0
        with writing(engine).begin() as db:
            db.execute(text("INSERT INTO t VALUES (1)"))
        assert before.scalar(text("SELECT count(*) FROM t")) == 0
        assert before.scalar(text("SHOW transaction_read_only")) == "on"
    engine.dispose()


def test_another_process_that_writes_is_waited_for_but_not_for_ever(
    postgresql: str, tmp_path: Path
) -> None:
    engine = connect(StateSettings(url=postgresql, wait_s=0.05), tmp_path)
    other = connect(StateSettings(url=postgresql), tmp_path)
    with (
        writing(other).begin(),
        pytest.raises(UnavailableError, match="lock timeout"),
        blame(),
        writing(engine).begin(),
    ):
        pass
    with blame(), writing(engine).begin():
        pass
    engine.dispose()
    other.dispose()


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_was_gone_is_found_when_it_returns(
    postgresql_own: Server, tmp_path: Path, how: str
) -> None:
    postgresql_own.start()
    engine = connect(StateSettings(url=postgresql_own.url()), tmp_path)
    with writing(engine).begin() as db:
        db.execute(text("CREATE TABLE t (x INTEGER)"))
    postgresql_own.stop(how)
    for _ in range(2):
        with pytest.raises(UnavailableError), blame(), reading(engine).begin() as db:
            db.execute(text("SELECT 1"))
    postgresql_own.start()
    with blame(), writing(engine).begin() as db:
        db.execute(text("INSERT INTO t VALUES (1)"))
    engine.dispose()


def stop_amid(engine: Engine, server: Server) -> None:
    with blame(), writing(engine).begin() as db:
        db.execute(text("INSERT INTO t VALUES (1)"))
        server.stop("immediate")


def test_a_server_that_stops_amid_a_transaction_undoes_it(
    postgresql_own: Server, tmp_path: Path
) -> None:
    postgresql_own.start()
    engine = connect(StateSettings(url=postgresql_own.url()), tmp_path)
    with writing(engine).begin() as db:
        db.execute(text("CREATE TABLE t (x INTEGER)"))
    with pytest.raises(UnavailableError):
        stop_amid(engine, postgresql_own)
    postgresql_own.start()
    with blame(), reading(engine).begin() as db:
        assert db.scalar(text("SELECT count(*) FROM t")) == 0
    engine.dispose()


def test_no_message_tells_the_password(tmp_path: Path) -> None:
    url = f"postgresql://manycast:hunter2@/nowhere?host={tmp_path}"
    engine = connect(StateSettings(url=url), tmp_path)
    with pytest.raises(UnavailableError) as raised, blame(), reading(engine).begin():
        pass
    assert "hunter2" not in str(raised.value)
    assert "hunter2" not in repr(engine)
    engine.dispose()


def test_a_connection_that_idled_while_the_server_went_is_not_used(
    postgresql_own: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "monotonic", count(step=TRUSTED_S + 1).__next__)
    postgresql_own.start()
    engine = connect(StateSettings(url=postgresql_own.url()), tmp_path)
    with blame(), reading(engine).begin() as db:
        db.execute(text("SELECT 1"))
    postgresql_own.stop()
    postgresql_own.start()
    with blame(), reading(engine).begin() as db:
        db.execute(text("SELECT 1"))
    engine.dispose()
