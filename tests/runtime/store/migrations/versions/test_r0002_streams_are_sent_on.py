from pathlib import Path

from sqlalchemy import inspect

from manycast.runtime.store.database import connect
from manycast.runtime.store.revisions import upgrade
from manycast.settings.state import StateSettings


def test_channels_can_have_destinations(settings: StateSettings, tmp_path: Path) -> None:
    engine = connect(settings, tmp_path)
    upgrade(engine, "0001")
    before = set(inspect(engine).get_table_names())
    upgrade(engine, "0002")
    added = set(inspect(engine).get_table_names()) - before
    assert added == {
        "destinations",
        "listings",
        "platform_accounts",
        "platform_apps",
        "platform_quotas",
    }
    engine.dispose()
