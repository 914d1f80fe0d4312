import pytest
from tests.runtime.platforms.presences import MemoryPlatform, MemoryPresence

from manycast.runtime.platforms.platform import Platform, Presence
from manycast.runtime.platforms.twitch import Twitch, TwitchPresence


@pytest.mark.parametrize(
    ("made", "asked"),
    [
        (Twitch, Platform),
        (TwitchPresence, Presence),
        (MemoryPlatform, Platform),
        (MemoryPresence, Presence),
    ],
)
def test_everything_that_is_asked_is_there(made: type, asked: type) -> None:
    assert {name for name in vars(asked) if not name.startswith("_")} <= set(dir(made))
