from manycast.client.network import Network
from manycast.schema.site import SiteChange


def test_the_site_has_a_name_that_can_be_changed(network: Network) -> None:
    site = network.site.read()
    assert network.site.change(site, SiteChange(name="Ours")).name == "Ours"


def test_the_network_tells_its_release_and_settings(network: Network) -> None:
    assert network.site.system().version
    assert "network" in {group.name for group in network.site.settings().groups}
