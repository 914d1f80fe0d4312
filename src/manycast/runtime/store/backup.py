"""Copies the state out of a running database, and back into the same or another kind."""

import base64
import binascii
import collections
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    exc,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from manycast.runtime import clock
from manycast.runtime.store import database, dump, revisions
from manycast.runtime.store.dump import Batch, DumpError, Header
from manycast.runtime.store.sealing import fits
from manycast.runtime.store.store import key_file, probe
from manycast.settings.state import StateSettings


BATCH_ROWS = 500
"""In memory at once."""
REVISION = "alembic_version"
"""The table of the revision; a backup has it in its header."""


class BackupError(ValueError):
    """It is not done, and nothing has changed; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    rows: int
    tables: int

    def __str__(self) -> str:
        return f"{self.rows:,} rows of {self.tables} tables"


def run_save(settings: StateSettings, directory: Path, path: Path, *, force: bool) -> str:
    """What was done, in words for the person who asked for it."""
    if not settings.url and not (directory / database.FILE).exists():
        raise BackupError(f"{directory} holds no {database.FILE}: is it the right --dir?")
    with _engine(settings, directory) as engine:
        copied = save(engine, path, clock.wall_ms(), force=force)
    return (
        f"{copied} in {path} ({path.stat().st_size:,} bytes)\n"
        f"Secrets in it open only with {key_file(settings, directory)}: keep a copy of that file,"
        " in another place. Recordings are not in it."
    )


def run_restore(settings: StateSettings, directory: Path, path: Path, *, force: bool) -> str:
    """What was done, in words for the person who asked for it."""
    with path.open("rb") as file:  # a file that is no backup makes no empty database
        collections.deque(dump.read(file)[1], maxlen=0)
    with _engine(settings, directory) as engine:
        copied = restore(engine, path, force=force)
        with database.blame(), Session(database.reading(engine)) as db:
            sealed = probe(db)
    key = key_file(settings, directory)
    if sealed is None or fits(key, sealed):
        return f"{copied} restored"
    return (
        f"{copied} restored\n"
        f"{key} is not the key that its secrets were sealed with: put that file there before you"
        " start manycast, or set up second factors, SRT and notifications again"
    )


@contextmanager
def _engine(settings: StateSettings, directory: Path) -> Iterator[Engine]:
    engine = database.connect(settings, directory)
    try:
        yield engine
    finally:
        engine.dispose()


def save(engine: Engine, path: Path, now_ms: int, *, force: bool = False) -> Copied:
    """Everything as it is at one moment, while others write on. The file appears complete or not at all.

    Raises BackupError, OSError, UnavailableError.
    """
    if path.exists() and not force:
        raise BackupError(f"{path} exists already; --force replaces it")
    with database.blame(), database.reading(engine).connect() as connection:
        revision = revisions.current(connection)
        if revision is None:
            raise BackupError("the database is empty: there is nothing to back up")
        header = Header(revision=revision, program=version("manycast"), made_ms=now_ms)
        tables = _tables(connection)
        rows = _write(path, header, _rows(connection, tables))
    return Copied(rows=rows, tables=len(tables))


def restore(engine: Engine, path: Path, *, force: bool = False) -> Copied:
    """The database as it was, with the tables of this program; all or nothing.

    Raises BackupError when it holds rows already, DumpError, SchemaError, OSError, UnavailableError.
    """
    with (
        path.open("rb") as file,
        database.blame(),
        _wrong_rows(),
        database.migrating(engine) as connection,
    ):
        header, batches = dump.read(file)
        if header.revision not in revisions.known():
            raise BackupError(
                f"the backup was made by a newer manycast ({header.program}); restore it with that one"
            )
        _empty(connection, force=force)
        revisions.upgrade_within(connection, header.revision)
        rows = _fill(connection, batches)
        revisions.upgrade_within(connection)
        return Copied(rows=rows, tables=len(_tables(connection)))


@contextmanager
def _wrong_rows() -> Iterator[None]:
    """What a database says of rows that no database has held."""
    try:
        yield
    except (exc.IntegrityError, exc.DataError, binascii.Error) as error:
        raise DumpError(f"the backup is damaged: {error}") from error


def _tables(connection: Connection) -> list[Table]:
    """As they are, whatever this program thinks of them; those that others refer to come first."""
    found = MetaData()
    found.reflect(connection)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = True
    return [table for table in found.sorted_tables if table.name != REVISION]


def _rows(connection: Connection, tables: list[Table]) -> Iterator[Batch]:
    for table in tables:
        columns = [column.name for column in table.columns]
        found = connection.execute(select(table), execution_options={"yield_per": BATCH_ROWS})
        for rows in found.partitions():
            yield Batch(table.name, columns, [[_plain(value) for value in row] for row in rows])


def _plain(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _write(path: Path, header: Header, batches: Iterator[Batch]) -> int:
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            rows = dump.write(file, header, batches)
            file.flush()
            os.fsync(file.fileno())
        Path(fresh).replace(path)
    finally:
        Path(fresh).unlink(missing_ok=True)
    return rows


def _empty(connection: Connection, *, force: bool) -> None:
    tables = _tables(connection)
    if tables and revisions.current(connection) is None:
        raise BackupError(
            "the database holds tables that manycast did not make; give it an empty one"
        )
    rows = sum(connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables)
    if rows and not force:
        raise BackupError(f"the database holds {rows} rows already; --force replaces them")
    found = MetaData()
    found.reflect(connection)
    found.drop_all(connection)


def _fill(connection: Connection, batches: Iterator[Batch]) -> int:
    tables = {table.name: table for table in _tables(connection)}
    count = 0
    for batch in batches:
        table = tables.get(batch.table)
        if table is None or not set(batch.columns) <= set(table.columns.keys()):
            raise DumpError(f"the backup is damaged: revision has no table {batch.table} like this")
        connection.execute(insert(table), list(_values(table, batch)))
        count += len(batch.rows)
    return count


def _values(table: Table, batch: Batch) -> Iterator[dict[str, Any]]:
    kinds = [table.columns[name].type for name in batch.columns]
    for row in batch.rows:
        read = [_read(kind, value) for kind, value in zip(kinds, row, strict=True)]
        yield dict(zip(batch.columns, read, strict=True))


def _read(kind: TypeEngine[Any], value: Any) -> Any:
    if isinstance(kind, LargeBinary) and value is not None:
        return base64.b64decode(value)
    return value
