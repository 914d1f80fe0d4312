import asyncio
from pathlib import Path

import pytest
from tests.api.serving import serving
from tests.runtime.store.people import api_key, person

from manycast.client.errors import RefusedError
from manycast.client.network import Network
from manycast.control.permissions import Action
from manycast.runtime.store.store import Store
from manycast.schema.channels import NewChannel
from manycast.schema.events import Snapshot, Touched
from manycast.settings.state import StateSettings


def test_nothing_is_on_the_air_yet(network: Network) -> None:
    assert network.streams.all().items == []
    assert network.streams.fleet().items == []
    with pytest.raises(RefusedError, match="no such stream on the air"):
        network.streams.read("talks")


async def test_who_has_no_key_is_told_so_by_the_event_stream(tmp_path: Path) -> None:
    async with serving(tmp_path) as url:
        with Network(url) as network, pytest.raises(RefusedError) as refused:
            await asyncio.to_thread(next, network.streams.events())
    assert refused.value.status == 401


async def test_what_changes_is_told_as_it_comes(tmp_path: Path) -> None:
    store = Store(StateSettings(), tmp_path)
    with store.record() as db:
        api_key(
            db,
            person(db, "anna"),
            "mck_test",
            Action.LIVE_READ,
            Action.CHANNELS_MANAGE,
            Action.CHANNELS_READ,
        )
    store.close()
    async with serving(tmp_path) as url:
        with Network(url, "mck_test") as network:
            await asyncio.to_thread(_make_and_hear, network)


def _make_and_hear(network: Network) -> None:
    events = network.streams.events()
    name, told = next(events)
    assert name == "snapshot"
    assert isinstance(told, Snapshot)
    network.channels.create(NewChannel(name="talks"))
    heard = next(told for name, told in events if name == "channels")
    assert isinstance(heard, Touched)
    events.close()  # type: ignore[attr-defined]  # a generator, which the signature need not say
