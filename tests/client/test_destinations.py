import pytest

from manycast.client.errors import RefusedError
from manycast.client.network import Network
from manycast.schema.channels import NewChannel
from manycast.schema.destinations import DestinationChange, NewDestination


@pytest.fixture(autouse=True)
def talks(network: Network) -> None:
    network.channels.create(NewChannel(name="talks"))


def add(network: Network, name: str = "there") -> str:
    new = NewDestination(name=name, url="rtmp://there.example/app", key="secret")
    return network.destinations.create("talks", new).id


def test_a_destination_is_made_changed_and_removed(network: Network) -> None:
    one = network.destinations.read("talks", add(network))
    changed = network.destinations.change("talks", one, DestinationChange(rendition="720p"))
    assert changed.rendition == "720p"
    with pytest.raises(RefusedError, match="meanwhile"):
        network.destinations.change("talks", one, DestinationChange(rendition="480p"))
    network.destinations.delete("talks", changed)
    assert network.destinations.all("talks") == []


def test_each_and_all_are_started_and_stopped(network: Network) -> None:
    one, _ = add(network), add(network, "elsewhere")
    assert not network.destinations.stop("talks", one).enabled
    assert network.destinations.start("talks", one).enabled
    assert not any(each.enabled for each in network.destinations.stop_all("talks"))
    assert all(each.enabled for each in network.destinations.start_all("talks"))


def test_platforms_say_what_they_take(network: Network) -> None:
    assert len(network.destinations.places().items) == 4
