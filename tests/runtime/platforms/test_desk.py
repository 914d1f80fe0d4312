import pytest
from tests.runtime.platforms.somewhere import Somewhere
from tests.runtime.platforms.vaults import MemoryPlan

from manycast.model.destinations import Platform
from manycast.platforms.failures import AwayError, NoAppError
from manycast.platforms.values import Listing
from manycast.runtime.platforms import desk
from manycast.runtime.platforms.connecting import FLOWS_MAX
from manycast.runtime.platforms.desk import SLOW, PlatformDesk, Told
from manycast.settings.platforms import PlatformsSettings


LISTING = Listing(title="x")


def desk_of(*platforms: Somewhere) -> PlatformDesk:
    drivers = {one.name: one for one in platforms}
    return PlatformDesk(MemoryPlan(), drivers, list, PlatformsSettings(), lambda: 0)


async def test_one_that_does_not_answer_keeps_nothing_from_the_others() -> None:
    away = Somewhere(name=Platform.KICK, trouble=AwayError(Platform.KICK))
    told = await desk_of(Somewhere(), away).apply(
        {"a": (Platform.TWITCH, "1", LISTING), "b": (Platform.KICK, "2", LISTING)}
    )
    assert told["a"] == Told(ok=True)
    assert told["b"] == Told(ok=False, text=str(away.trouble))


async def test_nobody_waits_for_a_slow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "APPLY_S_MAX", 0.0)
    told = await desk_of(Somewhere()).apply({"a": (Platform.TWITCH, "1", LISTING)})
    assert told["a"] in {Told(ok=False, text=SLOW), Told(ok=True)}


def test_a_platform_that_nobody_set_up_is_named() -> None:
    with pytest.raises(NoAppError):
        desk_of().presence(Platform.TWITCH, "acc", "1")


def test_finished_flows_are_remembered_for_a_while() -> None:
    one = desk_of()
    for number in range(FLOWS_MAX + 1):
        one.finish(str(number), "acc")
    assert len(one.finished) == FLOWS_MAX
    assert "0" not in one.finished
