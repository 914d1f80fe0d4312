from collections.abc import Iterator
from pathlib import Path

import pytest

from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(StateSettings(wait_s=0.2), tmp_path)
    yield store
    store.close()
