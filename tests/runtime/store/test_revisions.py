import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, exc, text
from tests.runtime.store.filling import everything

from manycast.runtime.store import dump, revisions
from manycast.runtime.store.backup import restore
from manycast.runtime.store.database import connect, migrating, reading
from manycast.runtime.store.revisions import VERSIONS, SchemaError, current, known, upgrade
from manycast.runtime.store.tables.base import metadata
from manycast.settings.state import StateSettings


SAMPLES = Path(__file__).parent.parent.parent / "data" / "state"
NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{head}"

def upgrade():
    with op.batch_alter_table("parents") as parents:
        parents.add_column(sa.Column("language", sa.String(), nullable=False, server_default="en"))
        parents.alter_column("title", type_=sa.Text(), nullable=False)
"""
FAMILY = """
import sqlalchemy as sa
from alembic import op

revision = "family"
down_revision = "{head}"

def upgrade():
    op.create_table("parents", sa.Column("id", sa.String(), primary_key=True), sa.Column("title", sa.String()))
    op.create_table(
        "children",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("parent", sa.String(), sa.ForeignKey("parents.id", ondelete="CASCADE")),
    )
"""
BREAKS = """
from alembic import op

revision = "breaks"
down_revision = "family"

def upgrade():
    op.execute("UPDATE parents SET title = 'lost'")
    op.execute("{statement}")
"""


@pytest.fixture
def engine(settings: StateSettings, tmp_path: Path) -> Iterator[Engine]:
    engine = connect(settings, tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Path, ...]:
    """Room for revisions that only a test has."""
    (tmp_path / "more").mkdir()
    return (VERSIONS, tmp_path / "more")


def add(versions: tuple[Path, ...], name: str, content: str) -> None:
    (versions[1] / f"{name}.py").write_text(content)


def family(engine: Engine, versions: tuple[Path, ...]) -> None:
    add(versions, "family", FAMILY.format(head=known()[-1]))
    upgrade(engine, versions=versions)
    with migrating(engine) as db:
        db.execute(text("INSERT INTO parents VALUES ('ada', 'One')"))
        db.execute(text("INSERT INTO children VALUES ('byron', 'ada')"))


def test_the_revisions_lead_to_the_tables_that_the_program_works_with(engine: Engine) -> None:
    upgrade(engine)
    with reading(engine).connect() as db:
        context = MigrationContext.configure(db, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata()) == []
        assert current(db) == known()[-1]


@pytest.mark.parametrize("revision", known())
def test_every_schema_there_was_comes_up_with_its_data(engine: Engine, revision: str) -> None:
    """Samples are backups with rows in every table, as tools/migration.py made them when the schema was the newest."""
    path = SAMPLES / f"{revision}.gz"
    with path.open("rb") as file:
        header, batches = dump.read(file)
        sample = {batch.table: batch for batch in batches}
    assert header.revision == revision
    restore(engine, path)
    with reading(engine).connect() as db:
        assert current(db) == known()[-1]
        context = MigrationContext.configure(db, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata()) == []
        for name, rows in everything(db).items():
            if name in sample:
                assert len(rows) == len(sample[name].rows)
    if revision == known()[-1]:
        assert set(sample) == set(metadata().tables)


def test_a_table_is_changed_without_losing_what_refers_to_it(
    engine: Engine, versions: tuple[Path, ...]
) -> None:
    family(engine, versions)
    add(versions, "next", NEXT.format(head="family"))
    upgrade(engine, versions=versions)
    with reading(engine).connect() as db:
        assert db.execute(text("SELECT * FROM parents")).one() == ("ada", "One", "en")
        assert db.execute(text("SELECT * FROM children")).one() == ("byron", "ada")
        assert current(db) == "next"


@pytest.mark.parametrize(
    "statement", ["INSERT INTO nowhere VALUES (1)", "UPDATE children SET parent = 'nobody'"]
)
def test_a_revision_that_fails_changes_nothing(
    engine: Engine, versions: tuple[Path, ...], statement: str
) -> None:
    family(engine, versions)
    add(versions, "breaks", BREAKS.format(statement=statement))
    with pytest.raises(exc.DBAPIError):
        upgrade(engine, versions=versions)
    with reading(engine).connect() as db:
        assert db.execute(text("SELECT * FROM parents")).one() == ("ada", "One")
        assert db.execute(text("SELECT * FROM children")).one() == ("byron", "ada")
        assert current(db) == "family"


def test_foreign_keys_are_watched_again_after_a_migration(
    engine: Engine, versions: tuple[Path, ...]
) -> None:
    family(engine, versions)
    with pytest.raises(exc.IntegrityError), engine.begin() as db:
        db.execute(text("INSERT INTO children VALUES ('clara', 'nobody')"))


def test_of_many_that_start_at_once_one_does_the_work(
    settings: StateSettings, tmp_path: Path
) -> None:
    engines = [connect(settings, tmp_path) for _ in range(4)]
    failures: list[Exception] = []

    def start(engine: Engine) -> None:
        try:
            upgrade(engine)
        except Exception as error:  # noqa: BLE001  a thread hands it to the test
            failures.append(error)

    threads = [threading.Thread(target=start, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with reading(engines[0]).connect() as db:
        assert current(db) == known()[-1]
    for engine in engines:
        engine.dispose()


def test_the_database_of_a_newer_program_is_left_alone(
    engine: Engine, versions: tuple[Path, ...]
) -> None:
    family(engine, versions)
    with pytest.raises(SchemaError, match="newer manycast"):
        upgrade(engine)


def test_tables_of_somebody_else_are_left_alone(engine: Engine) -> None:
    with engine.begin() as db:
        db.execute(text("CREATE TABLE audit (x INTEGER)"))
    with pytest.raises(SchemaError, match="did not make"):
        upgrade(engine)


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "100%(x)s, of: it"
    folder.mkdir()
    assert revisions.known((VERSIONS, folder)) == known()
