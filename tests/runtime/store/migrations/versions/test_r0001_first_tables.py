from pathlib import Path

from sqlalchemy import inspect

from manycast.runtime.store.database import connect
from manycast.runtime.store.revisions import upgrade
from manycast.settings.state import StateSettings


def test_an_empty_database_gets_the_first_tables(settings: StateSettings, tmp_path: Path) -> None:
    engine = connect(settings, tmp_path)
    upgrade(engine, "0001")
    assert {"alembic_version", "audit", "settings"} <= set(inspect(engine).get_table_names())
    engine.dispose()
