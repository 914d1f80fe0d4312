import asyncio

from manycast.runtime.control.hub import (
    LISTENERS_MAX,
    OF_ONE_MAX,
    TOUCHED_MAX,
    Hub,
    Listener,
    Touched,
)


async def test_a_listener_wakes_for_what_changes() -> None:
    hub = Hub()
    with hub.listen("usr_a", "ses_a") as listener:
        hub.wake()
        assert await listener.news(20) == []
        await asyncio.to_thread(hub.touch, "channels", "chn_a", "live")
        assert await listener.news(20) == [Touched("channels", "chn_a", "live")]
        assert await listener.news(0) == []
    assert not hub.listeners
    hub.touch("channels")


async def test_many_changes_become_one_of_each_kind() -> None:
    hub = Hub()
    with hub.listen("usr_a", "ses_a") as listener:
        for number in range(TOUCHED_MAX + 1):
            listener.touch(Touched("broadcasts" if number % 2 else "recordings", str(number)))
        assert set(await listener.news(20)) == {Touched("broadcasts"), Touched("recordings")}


async def test_whoever_lost_their_rights_is_parted_with() -> None:
    hub = Hub()
    with hub.listen("usr_a", "ses_a") as a, hub.listen("usr_b", "ses_b") as b:
        hub.dismiss(user_id="usr_b")
        await b.news(20)
        assert (a.open, b.open) == (True, False)
        await asyncio.to_thread(hub.dismiss, credential_id="ses_a")
        await a.news(20)
        assert not a.open


async def test_at_the_end_everybody_goes() -> None:
    hub = Hub()
    with hub.listen("usr_a", "ses_a") as listener:
        hub.close()
        assert not listener.open
    with hub.listen("usr_a", "ses_a") as late:
        assert not late.open


async def test_there_is_a_limit_of_listeners() -> None:
    hub = Hub()
    hub.listeners |= {Listener(f"usr_{number}", "") for number in range(LISTENERS_MAX)}
    assert hub.full("usr_a")


async def test_nobody_takes_the_places_of_all_others() -> None:
    hub = Hub()
    hub.listeners |= {Listener("usr_a", "") for _ in range(OF_ONE_MAX)}
    assert hub.full("usr_a")
    assert not hub.full("usr_b")


def test_before_anybody_listens_a_change_is_nothing() -> None:
    Hub().touch("channels")
