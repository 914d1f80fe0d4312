"""A store of its own for each test, once on each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest) -> StateSettings:
    """Of a fresh database."""
    if request.param == "sqlite":
        return StateSettings()
    return StateSettings(url=request.getfixturevalue("postgresql"))


@pytest.fixture
def store(settings: StateSettings, tmp_path: Path) -> Iterator[Store]:
    store = Store(settings, tmp_path)
    yield store
    store.close()
