import pytest

from manycast.client.errors import RefusedError
from manycast.client.network import Network
from manycast.schema.channels import ChannelChange, NewChannel, NewStreamKey


def test_a_channel_is_made_changed_and_removed(network: Network) -> None:
    made = network.channels.create(NewChannel(name="talks"))
    assert len(made.key.secret) == 24
    changed = network.channels.change(made.channel, ChannelChange(title="Talks", recording=True))
    assert (changed.title, changed.recording) == ("Talks", True)
    assert network.channels.read("talks") == changed
    network.channels.delete(changed)
    assert not list(network.channels.all())


def test_who_changes_what_somebody_else_has_changed_is_told(network: Network) -> None:
    seen = network.channels.create(NewChannel(name="talks")).channel
    network.channels.change(seen, ChannelChange(title="One"))
    with pytest.raises(RefusedError) as refused:
        network.channels.change(seen, ChannelChange(title="Two"))
    assert refused.value.name == "stale"


def test_every_page_of_a_list_is_read(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("manycast.client.wire.PAGE_ITEMS", 2)
    names = [f"channel-{number}" for number in range(5)]
    for name in names:
        network.channels.create(NewChannel(name=name))
    assert sorted(channel.name for channel in network.channels.all()) == names


def test_stream_keys_are_made_rotated_and_removed(network: Network) -> None:
    first = network.channels.create(NewChannel(name="talks")).key
    second = network.keys.create("talks", NewStreamKey(name="phone"))
    rotated = network.keys.rotate("talks", second.key.id, disconnect=True)
    assert len({first.secret, second.secret, rotated.secret}) == 3
    network.keys.delete("talks", rotated.key)
    assert [key.id for key in network.keys.all("talks")] == [first.key.id]


def test_srt_is_turned_on_and_off(network: Network) -> None:
    network.channels.create(NewChannel(name="talks"))
    made = network.keys.rotate_srt("talks")
    assert made.passphrase in made.url
    assert network.channels.read("talks").srt
    network.keys.delete_srt("talks")
    assert not network.channels.read("talks").srt


def test_a_channel_has_addresses_and_people(network: Network) -> None:
    network.channels.create(NewChannel(name="talks"))
    assert network.channels.obs_multitrack("talks", 2).root
    assert network.channels.addresses("talks").rtmp.startswith("rtmp://")
    assert not list(network.channels.members("talks"))
    with pytest.raises(RefusedError, match="no such user"):
        network.channels.add_member("talks", "usr_0000000000000000")
    with pytest.raises(RefusedError, match="no such member"):
        network.channels.remove_member("talks", "usr_0000000000000000")
