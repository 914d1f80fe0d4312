from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api.asking import Room, control_room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with control_room(tmp_path) as room:
        yield room
