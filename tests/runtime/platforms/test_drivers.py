from tests.runtime.platforms.vaults import MemoryVault

from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.drivers import drivers
from manycast.settings.platforms import PlatformsSettings


async def test_each_is_known_by_its_own_name() -> None:
    async with Calls(MemoryVault(), PlatformsSettings()) as calls:
        assert all(name is one.name for name, one in drivers(calls).items())
