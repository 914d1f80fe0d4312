import pytest

from manycast.runtime.notices.doors import is_public, resolve
from manycast.runtime.notices.failure import DeliveryError


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"]
)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104  an address to refuse
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_what_only_this_machine_or_network_reaches_is_not(address: str) -> None:
    assert not is_public(address)


async def test_a_private_place_is_refused_unless_the_settings_allow_it() -> None:
    for host in ("localhost", "127.0.0.1", "::1", "0x7f.1", "2130706433"):
        with pytest.raises(DeliveryError, match=r"private_targets|no host"):
            await resolve(host, 80, private=False)
    assert await resolve("127.0.0.1", 80, private=True) == "127.0.0.1"


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 300, "..", "x..y"])
async def test_a_host_that_does_not_exist_is_named(host: str) -> None:
    with pytest.raises(DeliveryError, match="no host"):
        await resolve(host, 80, private=False)
