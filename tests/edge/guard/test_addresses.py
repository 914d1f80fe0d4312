import pytest

from manycast.edge.guard.addresses import client, networks, party


PROXIES = networks(["10.0.0.0/8", "::1", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("1.2.3.4", "1.2.3.4"), ("::ffff:1.2.3.4", "1.2.3.4"), ("?", "?"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)  # fmt: skip
def test_one_customer_is_one_party(host: str, wanted: str) -> None:
    assert party(host) == wanted


@pytest.mark.parametrize(
    ("peer", "forwarded", "wanted"),
    [
        ("1.2.3.4", b"9.9.9.9", "1.2.3.4"),
        ("10.0.0.1", b"9.9.9.9", "9.9.9.9"),
        ("10.0.0.1", b"6.6.6.6, 9.9.9.9, 10.1.1.1", "9.9.9.9"),
        ("10.0.0.1", b"10.1.1.1", "10.1.1.1"),
        ("10.0.0.1", b"6.6.6.6, nonsense", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("::1", b" 2001:db9::1 ,", "2001:db9::1"),
    ],
)
def test_only_trusted_proxies_speak_for_others(
    peer: str, forwarded: bytes | None, wanted: str
) -> None:
    assert client(peer, forwarded, PROXIES) == wanted
    assert client(peer, forwarded, ()) == peer


def test_what_is_no_network_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        networks(["host"])
