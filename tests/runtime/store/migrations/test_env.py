from pathlib import Path

import pytest
from sqlalchemy import inspect

from manycast.runtime.store.database import connect, migrating
from manycast.runtime.store.revisions import upgrade_within
from manycast.settings.state import StateSettings


class BrokenOffError(Exception):
    pass


def test_the_callers_transaction_decides(settings: StateSettings, tmp_path: Path) -> None:
    engine = connect(settings, tmp_path)

    def break_off() -> None:
        with migrating(engine) as connection:
            upgrade_within(connection)
            raise BrokenOffError

    with pytest.raises(BrokenOffError):
        break_off()
    assert inspect(engine).get_table_names() == []
    engine.dispose()
