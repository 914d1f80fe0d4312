import io
from pathlib import Path

import pytest
from tests.client.joined import joined

from manycast.client.errors import RefusedError
from manycast.client.network import Network
from manycast.runtime.store import broadcasts
from manycast.schema.broadcasts import BroadcastChange
from manycast.schema.channels import NewChannel


NOBODYS = "0000000000000000"


def test_broadcasts_are_listed_and_titled(tmp_path: Path) -> None:
    with joined(tmp_path) as (network, room):
        network.channels.create(NewChannel(name="talks"))
        with room.context.store.record() as db:
            broadcasts.begin(db, "talks", 1000, "origin@a:1")
        (found,) = network.broadcasts.all(channel="talks", live=True)
        assert network.broadcasts.change(found, BroadcastChange(title="First")).title == "First"
        assert network.broadcasts.read(found.id).title == "First"
        assert not list(network.broadcasts.all(live=False))


def test_there_are_no_recordings_of_nothing(network: Network) -> None:
    assert not list(network.recordings.all(channel="talks"))
    for refused in (network.recordings.read, network.recordings.delete):
        with pytest.raises(RefusedError, match="no such recording"):
            refused(f"rec_{NOBODYS}")
    with pytest.raises(RefusedError):
        network.recordings.download(
            f"/api/v1/recordings/rec_{NOBODYS}/files/video-0.mp4", io.BytesIO()
        )
