"""State in one file: durable at each commit, readers and the one writer do not wait for each other."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from manycast.settings.state import StateSettings


WAL_BYTES_MAX = 64 << 20
"""What the write-ahead log is cut to after a long reader, such as a backup, let it grow."""
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # the default may lose the last commits with the power
    "foreign_keys=ON",
    f"journal_size_limit={WAL_BYTES_MAX}",
)
WORLD = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
"""Primary result codes that no statement of ours is to blame for."""
_PRIMARY = 0xFF
"""An extended result code holds the primary one in its low byte."""


def connect(settings: StateSettings, path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    engine = create_engine(
        "sqlite://",
        creator=lambda: _open(path, settings.wait_s),
        poolclass=QueuePool,
        pool_size=settings.connections_max,
        max_overflow=0,
        pool_timeout=settings.wait_s,
        hide_parameters=True,
    )

    def opened(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = _file(path)

    def lent(
        _connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        # What is written into a file that has lost its name is gone with the process.
        if entry.info["file"] != _file(path):
            raise exc.InvalidatePoolError("the database was replaced")

    event.listen(engine, "connect", opened)
    event.listen(engine, "checkout", lent)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def without_foreign_keys(connection: Connection) -> Iterator[None]:
    """A table is changed by copying and dropping it, which must not take along what refers to it."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute("PRAGMA foreign_keys=OFF").close()
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON").close()


def check_foreign_keys(connection: Connection) -> None:
    """Raise IntegrityError when a row refers to none."""
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise exc.IntegrityError(
            None,
            None,
            ValueError(f"a row of {broken[0]} refers to one of {broken[2]} that is not there"),
        )


def of_the_world(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY in WORLD


def _open(path: Path, wait_s: float) -> sqlite3.Connection:
    # mode=rw: a file that is gone must not come back empty.
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=wait_s,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _file(path: Path) -> tuple[int, int]:
    """Which file has this name; none is (0, 0)."""
    try:
        status = os.stat(path)  # noqa: PTH116  half the time of Path.stat, in every transaction
    except OSError:
        return (0, 0)
    return (status.st_dev, status.st_ino)


def _begin(connection: Connection) -> None:
    """A transaction that will write takes the lock at once: one that reads first could be refused half-way."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
