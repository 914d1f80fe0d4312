import asyncio
from contextlib import aclosing

import pytest
from bench.platforms.front import Fault
from bench.platforms.youtube import error
from tests.runtime.platforms.streets import YouTubeStreet, youtube_street

from manycast.model.destinations import AccountState, Platform, PlatformState
from manycast.platforms.failures import QuotaGoneError, RefusedError, UnauthorizedError
from manycast.platforms.quota import day_of
from manycast.platforms.values import Connected, Listing, Prompt
from manycast.platforms.youtube.showing import START_ITSELF_MS


LISTING = Listing(
    title="A title", description="What it is", category_id="20", tags=("one", "two words")
)


async def on_air(street: YouTubeStreet, listing: Listing = LISTING) -> str:
    """The stream key to which media now arrives."""
    ingest = await street.presence.ingest()
    await street.presence.go_live(listing)
    assert street.server.arrives(ingest.key)
    return ingest.key


async def test_an_account_is_connected_with_a_code() -> None:
    async with youtube_street() as street:
        flow = await street.youtube.begin_connect("https://here/back")
        assert flow.prompt.url == f"{street.server.front.url}/device"
        assert await street.youtube.finish_connect(flow, {}) is None
        street.server.google.slow_downs = 1
        assert await street.youtube.finish_connect(flow, {}) is None
        street.server.google.allow(flow.prompt.user_code)
        connected = await street.youtube.finish_connect(flow, {})
        assert isinstance(connected, Connected)
        assert connected.account.name == "Street Channel"
        assert connected.tokens.refresh in street.server.google.refresh_tokens
        assert isinstance(flow.prompt, Prompt)
        assert flow.secret not in repr(flow)


async def test_a_person_who_says_no_and_a_code_that_ran_out_are_told_so() -> None:
    async with youtube_street() as street:
        flow = await street.youtube.begin_connect("")
        street.server.google.deny(flow.prompt.user_code)
        with pytest.raises(RefusedError, match="did not allow"):
            await street.youtube.finish_connect(flow, {})
        with pytest.raises(RefusedError, match="run out"):
            await street.youtube.finish_connect(flow, {})


async def test_a_wrong_secret_of_the_app_is_the_administrators_affair() -> None:
    async with youtube_street() as street:
        street.server.google.client_secret = "another"
        flow = await street.youtube.begin_connect("")
        with pytest.raises(RefusedError, match="administrator"):
            await street.youtube.finish_connect(flow, {})


async def test_a_time_on_the_air_from_beginning_to_end() -> None:
    async with youtube_street() as street:
        ingest = await street.presence.ingest()
        await street.presence.go_live(LISTING)
        assert (await street.presence.look()).state is PlatformState.NOT_LIVE
        street.server.arrives(ingest.key)
        broadcast = street.server.live()
        assert broadcast is not None
        broadcast.viewers = 12
        look = await street.presence.look()
        assert (look.state, look.viewers, look.title) == (PlatformState.LIVE, 12, "A title")
        assert look.url == f"https://www.youtube.com/watch?v={broadcast.id}"
        assert (broadcast.category, broadcast.tags) == ("20", ["one", "two words"])
        assert broadcast.privacy == "public"
        await street.presence.end()
        assert broadcast.life == "complete"
        await street.presence.end()


async def test_going_live_again_makes_a_new_broadcast_for_the_same_key() -> None:
    async with youtube_street() as street:
        key = await on_air(street)
        await street.presence.end()
        street.server.leaves(key)
        assert await on_air(street) == key
        assert [one.life for one in street.server.broadcasts.values()] == ["complete", "ready"]
        assert len(street.server.streams) == 1


async def test_after_a_restart_of_ours_the_broadcast_is_found_again() -> None:
    async with youtube_street() as street:
        await on_air(street)
        street.youtube.forget("acc_1")
        again = street.youtube.presence("acc_1", "UC1")
        await again.go_live(LISTING)
        look = await again.look()
        assert (look.state, look.title) == (PlatformState.LIVE, "A title")
        assert len(street.server.broadcasts) == 1


@pytest.mark.parametrize("lost", ["POST /liveStreams", "POST /liveBroadcasts"])
async def test_what_was_made_although_the_answer_was_lost_is_not_made_twice(lost: str) -> None:
    async with youtube_street(call_ms=400) as street:
        street.server.front.faults.append(Fault(on=lost, done=True, cut=True))
        with pytest.raises(Exception, match="YouTube does not answer"):
            await on_air(street)
        await on_air(street)
        assert (len(street.server.streams), len(street.server.broadcasts)) == (1, 1)


async def test_a_broadcast_that_does_not_begin_by_itself_is_told_to() -> None:
    async with youtube_street() as street:
        street.server.start_s = 3600
        await on_air(street)
        assert (await street.presence.look()).state is PlatformState.STARTING
        street.now[0] = START_ITSELF_MS + 1
        assert (await street.presence.look()).state is PlatformState.LIVE


async def test_a_broadcast_that_ended_while_media_was_away_is_followed_by_another() -> None:
    async with youtube_street() as street:
        key = await on_air(street)
        assert (await street.presence.look()).state is PlatformState.LIVE
        street.server.stop_s = 0
        street.server.leaves(key)
        assert (await street.presence.look()).state is PlatformState.ENDED
        street.server.arrives(key)
        assert (await street.presence.look()).state is PlatformState.STARTING
        look = await street.presence.look()
        assert (look.state, look.title) == (PlatformState.LIVE, "A title")


async def test_what_a_person_ended_at_youtube_stays_ended() -> None:
    async with youtube_street() as street:
        await on_air(street)
        broadcast = street.server.live()
        assert broadcast is not None
        broadcast.life = "complete"
        for _ in range(3):
            look = await street.presence.look()
            assert look.state is PlatformState.ENDED
            assert "ended at YouTube" in look.health
        await street.presence.go_live(Listing(title="Another title, for the other platforms"))
        assert (await street.presence.look()).state is PlatformState.ENDED
        assert len(street.server.broadcasts) == 1


async def test_a_live_page_that_gets_nothing_is_not_called_live() -> None:
    async with youtube_street() as street:
        key = await on_air(street)
        street.server.leaves(key)
        look = await street.presence.look()
        assert look.state is PlatformState.STARTING
        assert "gets nothing" in look.health


async def test_one_change_of_the_listing_reaches_the_video_and_keeps_the_rest() -> None:
    async with youtube_street() as street:
        assert await street.presence.set_listing(Listing(title="Too early"))
        await on_air(street)
        broadcast = street.server.live()
        assert broadcast is not None
        notes = await street.presence.set_listing(Listing(title="A <new> title"))
        assert notes
        assert broadcast.snippet["title"] == "A new title"
        assert broadcast.snippet["description"] == "What it is"
        assert (broadcast.category, broadcast.tags) == ("20", ["one", "two words"])


async def test_a_category_that_is_refused_is_told_of_a_broadcast_that_is_ready_all_the_same() -> (
    None
):
    async with youtube_street() as street:
        with pytest.raises(RefusedError):
            await on_air(street, Listing(title="A title", category_id="9999"))
        street.server.arrives((await street.presence.ingest()).key)
        assert (await street.presence.look()).state is PlatformState.LIVE


async def test_going_live_with_another_listing_changes_what_is_live_and_else_nothing() -> None:
    async with youtube_street() as street:
        await on_air(street)
        units = street.server.units
        await street.presence.go_live(LISTING)
        assert street.server.units - units < 10
        await street.presence.go_live(Listing(title="Another"))
        assert (await street.presence.look()).title == "Another"
        assert len(street.server.broadcasts) == 1


async def test_categories_are_asked_for_once() -> None:
    async with youtube_street() as street:
        found = await street.presence.categories("gam")
        assert [(one.id, one.name) for one in found] == [("20", "Gaming")]
        assert len(await street.presence.categories("")) == 4
        assert sum("videoCategories" in asked.path for asked in street.server.front.asked) == 1


async def test_what_is_said_is_heard_and_what_was_said_before_a_reconnect_once() -> None:
    async with youtube_street() as street:
        await on_air(street)
        broadcast = street.server.live()
        assert broadcast is not None
        heard: list[str] = []
        async with aclosing(street.presence.listen()) as lines, asyncio.timeout(20):
            street.server.says(broadcast.chat_id, "ann", "first")
            heard.append((await anext(lines)).text)
            await street.presence.say("we are here")
            heard.append((await anext(lines)).text)
            street.server.says(broadcast.chat_id, "bob", "third")
            heard.append((await anext(lines)).text)
        assert heard == ["first", "we are here", "third"]


async def test_what_one_channel_says_leaves_the_others_their_quota() -> None:
    async with youtube_street() as street:
        await on_air(street)
        calls = street.presence.calls
        day = day_of(calls.now_ms()).name
        street.vault.units[Platform.YOUTUBE, day] = calls.settings.youtube_quota // 2
        with pytest.raises(RefusedError, match="going live"):
            await street.presence.say("hello")
        await street.presence.look()


async def test_where_nothing_is_pushed_the_chat_is_listed() -> None:
    async with youtube_street() as street:
        street.server.refuse_push = True
        await on_air(street)
        broadcast = street.server.live()
        assert broadcast is not None
        async with aclosing(street.presence.listen()) as lines, asyncio.timeout(20):
            for text in ("one", "two", "three"):
                street.server.says(broadcast.chat_id, "ann", text)
                assert (await anext(lines)).text == text
        pushes = [one for one in street.server.front.asked if one.path.endswith("/stream")]
        assert len(pushes) == 1


async def test_a_message_that_is_too_long_and_one_without_a_chat_are_refused_in_words() -> None:
    async with youtube_street() as street:
        with pytest.raises(RefusedError, match="no chat"):
            await street.presence.say("hello")
        with pytest.raises(RefusedError, match="200"):
            await street.presence.say("x" * 201)


async def test_quota_that_is_gone_stops_every_call_until_its_day_is_over() -> None:
    async with youtube_street() as street:
        street.server.units_max = 0
        with pytest.raises(QuotaGoneError) as gone:
            await street.presence.ingest()
        asked = len(street.server.front.asked)
        with pytest.raises(QuotaGoneError):
            await street.presence.look()
        assert len(street.server.front.asked) == asked
        assert "<a" not in str(gone.value)


async def test_units_are_counted_in_the_books() -> None:
    async with youtube_street() as street:
        await on_air(street)
        await street.presence.look()
        assert sum(street.vault.units.values()) == street.server.units
        assert all(platform is Platform.YOUTUBE for platform, _ in street.vault.units)


async def test_a_channel_that_may_not_stream_hears_what_to_do() -> None:
    async with youtube_street() as street:
        street.server.live_enabled = False
        with pytest.raises(RefusedError, match=r"youtube\.com/features"):
            await street.presence.ingest()


async def test_a_leave_that_was_taken_back_is_told_and_nothing_of_it_is_shown() -> None:
    async with youtube_street() as street:
        street.server.google.revoke()
        with pytest.raises(UnauthorizedError):
            await street.presence.look()
        assert street.vault.leaves["acc_1"].state is AccountState.REVOKED


async def test_disconnecting_gives_the_leave_back() -> None:
    async with youtube_street() as street:
        await street.presence.disconnect()
        assert not street.server.google.refresh_tokens
        street.server.front.faults.append(Fault(error(400, "invalid"), on="POST /revoke"))
        await street.presence.disconnect()
