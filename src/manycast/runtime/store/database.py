"""Connections to SQLite or PostgreSQL, and what their failures mean to whoever asks."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, exc

from manycast.runtime.store import postgresql, sqlite
from manycast.settings.state import StateSettings


FILE = "manycast.db"
"""In ``--dir``."""


class UnavailableError(OSError):
    """The database is locked, gone or full; the message is for the operator, whoever asked may come again."""


def connect(settings: StateSettings, directory: Path) -> Engine:
    """What it returns opens connections when they are needed, and raises nothing before."""
    if settings.url:
        return postgresql.connect(settings)
    return sqlite.connect(settings, directory / FILE)


def reading(engine: Engine) -> Engine:
    """The same connections, for transactions that see one unchanging state."""
    return postgresql.reading(engine) if engine.name == "postgresql" else engine


def writing(engine: Engine) -> Engine:
    """The same connections, for transactions that change something: there is one at a time."""
    return engine.execution_options(writes=True)


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction in which tables may be changed; foreign keys are looked at when it ends."""
    with writing(engine).connect() as connection:
        if engine.name == "postgresql":
            with connection.begin():
                postgresql.take_time(connection)
                yield connection
        else:
            with sqlite.without_foreign_keys(connection), connection.begin():
                yield connection
                sqlite.check_foreign_keys(connection)


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
        return sqlite.of_the_world(error.orig)
    return isinstance(error, exc.OperationalError) or postgresql.of_the_world(error.orig)
