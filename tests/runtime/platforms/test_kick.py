from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest
from bench.platforms.front import Answer, Fault
from tests.runtime.platforms.streets import KickStreet, kick_street

from manycast.model.destinations import AccountState, PlatformState
from manycast.platforms.failures import RefusedError, UnauthorizedError
from manycast.platforms.values import Connected, Flow, Listing


async def allow(flow: Flow, said: str = "yes") -> dict[str, str]:
    """What the person's browser comes back with."""
    async with httpx2.AsyncClient() as browser:
        page = await browser.get(flow.prompt.url)
        assert "Allow" in page.text
        back = await browser.post(flow.prompt.url, data={"said": said})
    assert back.status_code == 302
    return dict(parse_qsl(urlsplit(back.headers["location"]).query))


async def begun(street: KickStreet) -> Flow:
    flow = await street.kick.begin_connect("https://home.example/connect/kick")
    assert not flow.prompt.user_code
    return flow


async def test_an_account_is_connected_by_way_of_the_browser() -> None:
    async with kick_street() as street:
        flow = await begun(street)
        assert await street.kick.finish_connect(flow, {}) is None
        connected = await street.kick.finish_connect(flow, await allow(flow))
        assert isinstance(connected, Connected)
        assert (connected.account.name, connected.account.external_id) == ("street", "123456789")
        assert connected.tokens.refresh in street.server.refresh
        assert flow.secret not in flow.prompt.url
        asked = parse_qs(urlsplit(flow.prompt.url).query)
        assert asked["redirect_uri"] == ["https://home.example/connect/kick"]


async def test_whoever_says_no_or_comes_from_elsewhere_connects_nothing() -> None:
    async with kick_street() as street:
        flow = await begun(street)
        with pytest.raises(RefusedError, match="did not allow"):
            await street.kick.finish_connect(flow, await allow(flow, "no"))
        answer = await allow(flow)
        with pytest.raises(RefusedError, match="did not begin here"):
            await street.kick.finish_connect(flow, {**answer, "state": "another"})


async def test_a_code_is_good_for_who_began_alone() -> None:
    async with kick_street() as street:
        flow, other = await begun(street), await begun(street)
        answer = {**await allow(flow), "state": other.state}
        with pytest.raises(UnauthorizedError):
            await street.kick.finish_connect(other, answer)


async def test_the_key_the_title_and_whether_it_is_live() -> None:
    async with kick_street() as street:
        ingest = await street.presence.ingest()
        assert (ingest.url, ingest.key) == (street.server.ingest, street.server.key)
        await street.presence.go_live(Listing(title="Now", category_id="28", tags=("a", "b")))
        assert (street.server.title, street.server.category) == ("Now", 28)
        assert street.server.tags == ["a", "b"]
        assert (await street.presence.look()).state is PlatformState.NOT_LIVE
        street.server.viewers = 7
        await street.server.arrives(ingest.key)
        look = await street.presence.look()
        assert (look.state, look.viewers, look.title) == (PlatformState.LIVE, 7, "Now")
        assert look.url == "https://kick.com/street"


async def test_a_leave_without_the_key_says_what_to_do() -> None:
    async with kick_street() as street:
        for leave in street.server.access.values():
            leave.scopes -= {"streamkey:read"}
        with pytest.raises(RefusedError, match="every permission"):
            await street.presence.ingest()


async def test_what_kick_cannot_take_is_told() -> None:
    async with kick_street() as street:
        many = Listing(title="T", category_id="gaming", tags=tuple(f"tag{n}" for n in range(12)))
        notes = await street.presence.set_listing(many)
        assert len(notes) == 2
        assert len(street.server.tags) == 10


async def test_categories_are_searched_for() -> None:
    async with kick_street() as street:
        found = await street.presence.categories("chat")
        assert [(one.id, one.name) for one in found] == [("15", "Just Chatting")]


async def test_a_message_is_said_once_even_when_its_answer_is_lost() -> None:
    async with kick_street() as street:
        await street.presence.say("hello")
        street.server.front.faults.append(Fault(on="POST /public/v1/chat", done=True, cut=True))
        with pytest.raises(Exception, match="Kick does not answer"):
            await street.presence.say("again")
        assert [one["content"] for one in street.server.said] == ["hello", "again"]
        with pytest.raises(RefusedError, match="500"):
            await street.presence.say("x" * 501)
        unsent = Answer(value={"data": {"is_sent": False, "message_id": ""}, "message": "OK"})
        street.server.front.faults.append(Fault(unsent, on="POST /public/v1/chat"))
        with pytest.raises(RefusedError, match="not sent"):
            await street.presence.say("hello")


async def test_tokens_are_renewed_and_a_leave_that_was_taken_back_is_told() -> None:
    async with kick_street() as street:
        street.server.expire()
        await street.presence.look()
        assert street.vault.leaves["acc_1"].tokens.refresh in street.server.refresh
        street.server.revoke()
        with pytest.raises(UnauthorizedError):
            await street.presence.look()
        assert street.vault.leaves["acc_1"].state is AccountState.REVOKED


async def test_disconnecting_ends_subscriptions_and_gives_the_leave_back() -> None:
    async with kick_street() as street:
        await street.presence.disconnect()
        assert not street.server.refresh
        revoked = next(one for one in street.server.front.asked if "revoke" in one.path)
        assert not revoked.query
