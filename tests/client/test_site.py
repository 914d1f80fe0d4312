import pytest

from manycast.client.errors import RefusedError
from manycast.client.network import Network
from manycast.schema.notices import NewMailServer
from manycast.schema.sign_on import SignOnChange
from manycast.schema.site import SiteChange


def test_the_site_has_a_name_that_can_be_changed(network: Network) -> None:
    site = network.site.read()
    assert network.site.change(site, SiteChange(name="Ours")).name == "Ours"


def test_the_network_tells_its_release_and_settings(network: Network) -> None:
    assert network.site.system().version
    assert "network" in {group.name for group in network.site.settings().groups}


def test_mail_leaves_through_a_server_that_can_be_set(network: Network) -> None:
    before = network.site.mail()
    wanted = NewMailServer(host="mail.example.org", sender="live@example.org", password="p")
    changed = network.site.set_mail(before, wanted)
    assert (changed.host, changed.password_set) == ("mail.example.org", True)


def test_single_sign_on_is_set_tried_and_removed(network: Network) -> None:
    wanted = SignOnChange(
        name="Ours", issuer="http://127.0.0.1:9", client_id="manycast", client_secret="s"
    )
    assert network.site.set_sign_on(wanted).name == "Ours"
    assert not network.site.try_sign_on().works
    assert network.site.sign_on().version
    network.site.remove_sign_on()
    with pytest.raises(RefusedError):
        network.site.sign_on()
