from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.client.joined import joined

from manycast.client.network import Network


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    with joined(tmp_path) as (network, _):
        yield network
