"""Connections to SQLite or PostgreSQL, and what their failures mean to whoever asks."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, exc

from manycast.settings.state import StateSettings


FILE = "manycast.db"
"""In ``--dir``."""
WRITES = "manycast_writes"
"""Execution option of a connection whose transactions change something."""


class UnavailableError(Exception):
    """The database is locked, gone or full; the message is for the operator, whoever asked may come again."""


def connect(settings: StateSettings, directory: Path) -> Engine:
    if settings.url:
        return _postgresql(settings)
    directory.mkdir(parents=True, exist_ok=True)
    return _sqlite(settings, directory / FILE)


def writing(engine: Engine) -> Engine:
    """The same connections, for transactions that change something."""
    return engine.execution_options(**{WRITES: True})


@contextmanager
def blame() -> Iterator[None]:
    """Turn what the database raises because of the world into UnavailableError; our own mistakes pass."""
    try:
        yield
    except exc.TimeoutError as error:
        raise UnavailableError("no connection to the database became free in time") from error
    except exc.DBAPIError as error:
        if not _of_the_world(error):
            raise
        raise UnavailableError(f"the database does not answer: {error.orig}") from error


def _of_the_world(error: exc.DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return code not in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISUSE}
    return error.connection_invalidated or isinstance(error, exc.OperationalError)


def _sqlite(settings: StateSettings, path: Path) -> Engine:
    path.touch(mode=0o600)
    engine = create_engine(
        "sqlite://",
        creator=lambda: _open(path, settings.wait_s),
        poolclass=QueuePool,
        pool_size=settings.connections_max,
        max_overflow=0,
        pool_timeout=settings.wait_s,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _open(path: Path, wait_s: float) -> sqlite3.Connection:
    # mode=rw: a file that is gone must not come back empty.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=wait_s,
        isolation_level=None,
        check_same_thread=False,
    )
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    return connection


def _begin(connection: Connection) -> None:
    """A transaction that will write takes the lock at once: one that reads first could be refused half-way."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(settings: StateSettings) -> Engine:
    url = settings.url.replace("postgresql://", "postgresql+psycopg://", 1)
    patience: dict[str, Any] = {
        "connect_timeout": max(1, round(settings.wait_s)),
        "options": f"-c lock_timeout={round(settings.wait_s * 1000)}",
    }
    return create_engine(
        url,
        pool_size=settings.connections_max,
        max_overflow=0,
        pool_timeout=settings.wait_s,
        pool_pre_ping=True,
        connect_args=patience,
    )
