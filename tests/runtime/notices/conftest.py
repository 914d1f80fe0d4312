"""A store of its own for each test, once on each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = request.getfixturevalue("postgresql") if request.param == "postgresql" else ""
    store = Store(StateSettings(url=url, wait_s=0.2), tmp_path)
    yield store
    store.close()
