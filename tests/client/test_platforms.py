from pathlib import Path

import pytest
from tests.api.connected import connectable
from tests.client.joined import never

from manycast.client.errors import RefusedError
from manycast.client.network import Network
from manycast.model.destinations import Platform
from manycast.schema.chat import NewLine
from manycast.schema.listing import NewListing
from manycast.schema.platforms import PlatformAppChange


def test_an_account_is_connected_told_and_disconnected(tmp_path: Path) -> None:
    with (
        connectable(tmp_path) as (room, _),
        Network("http://testserver", transport=room.ask._transport, pause=never) as network,
    ):
        prompt = network.accounts.connect("live", Platform.TWITCH)
        done = network.accounts.finish("live", prompt)
        assert done.account is not None
        assert network.accounts.all("live") == [done.account]
        found = network.accounts.categories("live", Platform.TWITCH, "chatting")
        assert found.items[0].name == "Just chatting"
        applied = network.listings.set("live", network.listings.read("live"), NewListing(title="x"))
        assert applied.taken[0].ok
        network.accounts.disconnect("live", done.account.id)
        assert network.chats.read("live").items == []
        with pytest.raises(RefusedError):
            network.chats.say("live", NewLine(text="hello"))


def test_apps_are_set_up_and_removed(network: Network) -> None:
    before = next(one for one in network.apps.all() if one.platform is Platform.KICK)
    made = network.apps.set(before, PlatformAppChange(client_id="us", client_secret="secret"))
    assert made.has_secret
    network.apps.remove(Platform.KICK)
    assert not any(one.has_secret for one in network.apps.all())
