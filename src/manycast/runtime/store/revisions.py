"""Brings the tables of a database from whatever revision they have to the one this program works with."""

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from manycast.runtime.store import database
from manycast.runtime.store.tables.base import metadata


FOLDER = Path(__file__).parent / "migrations"
VERSIONS = FOLDER / "versions"
log = logging.getLogger(__name__)


class SchemaError(ValueError):
    """The tables are none that this program can work with; the message says what to do."""


def upgrade(engine: Engine, to: str = "head", versions: tuple[Path, ...] = (VERSIONS,)) -> None:
    """All or nothing. Of several that start at once, one does it and the others wait for it."""
    with database.migrating(engine) as connection:
        upgrade_within(connection, to, versions)


def upgrade_within(
    connection: Connection, to: str = "head", versions: tuple[Path, ...] = (VERSIONS,)
) -> None:
    """Raises SchemaError for a database that a newer program wrote, or something else."""
    before = current(connection)
    if before is None and set(inspect(connection).get_table_names()) & set(metadata().tables):
        raise SchemaError(
            "the database holds tables that manycast did not make; give it an empty one"
        )
    if before is not None and before not in known(versions):
        raise SchemaError(
            f"the database was written by a newer manycast (revision {before}): start that one,"
            " or restore a backup made with this one"
        )
    command.upgrade(config(versions, connection), to)
    if (after := current(connection)) != before:
        log.info("tables brought from revision %s to %s", before or "none", after)


def current(connection: Connection) -> str | None:
    """The revision of the tables; None in an empty database."""
    return MigrationContext.configure(connection).get_current_revision()


def known(versions: tuple[Path, ...] = (VERSIONS,)) -> list[str]:
    """Every revision, oldest first."""
    script = ScriptDirectory.from_config(config(versions))
    return [revision.revision for revision in script.walk_revisions()][::-1]


def config(
    versions: tuple[Path, ...] = (VERSIONS,), connection: Connection | None = None
) -> Config:
    made = Config(attributes={"connection": connection})
    made.set_main_option("script_location", _plain(FOLDER))
    made.set_main_option("path_separator", "newline")
    made.set_main_option("version_locations", "\n".join(map(_plain, versions)))
    made.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    return made


def _plain(path: Path) -> str:
    """As an option: a percent sign would begin an interpolation."""
    return str(path).replace("%", "%%")
