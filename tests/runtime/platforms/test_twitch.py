"""Every call of Twitch's, and every way in which it goes wrong."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from bench.platforms.front import Answer, Fault
from tests.runtime.platforms.twitch_street import Street, street

from manycast.model.destinations import AccountState, Platform, PlatformState
from manycast.platforms.failures import (
    AwayError,
    ForbiddenError,
    MalformedError,
    MissingError,
    NoAppError,
    PlatformError,
    RateLimitedError,
    RefusedError,
    UnauthorizedError,
)
from manycast.platforms.limits import SERVERS
from manycast.platforms.twitch import faults
from manycast.platforms.values import Listing
from manycast.runtime.platforms import attempts
from manycast.runtime.platforms.twitch import TwitchPresence


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Street]:
    monkeypatch.setattr(attempts, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(faults, "PAUSE_S_MIN", 0.01)
    async with street(call_ms=2000) as made:
        yield made


Ask = Callable[[TwitchPresence], Awaitable[object]]
CALLS: dict[str, tuple[str, Ask]] = {
    "account": ("GET /helix/users", lambda it: it.account()),
    "check": ("GET /oauth2/validate", lambda it: it.check()),
    "ingest": ("GET /helix/streams/key", lambda it: it.ingest()),
    "listing": ("PATCH /helix/channels", lambda it: it.set_listing(Listing(title="New"))),
    "categories": ("GET /helix/search/categories", lambda it: it.categories("just")),
    "look": ("GET /helix/streams", lambda it: it.look()),
    "say": ("POST /helix/chat/messages", lambda it: it.say("Hello")),
}
MALFORMED = [
    b"",
    b"<html>",
    b"null",
    b"[]",
    b'{"data": null}',
    b'{"data": [null]}',
    b'{"data": [{}]}',
    b'{"data": [{"type": "live", "viewer_count": 1e999}]}',
    b"[" * 100_000,
    b"\xff\xfe",
]
EVERY_CALL = pytest.mark.parametrize("name", CALLS)


async def fails(here: Street, name: str, kind: type[PlatformError]) -> PlatformError:
    with pytest.raises(kind) as caught:
        await CALLS[name][1](here.presence)
    return caught.value


@EVERY_CALL
async def test_works(here: Street, name: str) -> None:
    await CALLS[name][1](here.presence)


@EVERY_CALL
async def test_401_is_answered_with_new_tokens_and_asked_again(here: Street, name: str) -> None:
    here.there.expire()
    before = here.vault.leaves["acc_1"].tokens
    await CALLS[name][1](here.presence)
    after = here.vault.leaves["acc_1"].tokens
    assert (before.access, before.refresh) != (after.access, after.refresh)
    assert here.asked("/oauth2/token") == 1


@EVERY_CALL
async def test_a_leave_that_was_taken_back_is_told_and_not_asked_for_again(
    here: Street, name: str
) -> None:
    await here.there.revoke()
    await fails(here, name, UnauthorizedError)
    assert here.vault.leaves["acc_1"].state is AccountState.REVOKED
    assert "Connect the account again" in here.vault.troubles["acc_1"]
    asked = len(here.there.front.asked)
    await fails(here, name, UnauthorizedError)
    assert len(here.there.front.asked) == asked


@EVERY_CALL
async def test_403_is_no_matter_for_another_attempt(here: Street, name: str) -> None:
    on, _ = CALLS[name]
    here.fail(403, on, times=-1, message="Not you.")
    error = await fails(here, name, ForbiddenError)
    assert error.said == "Not you."
    assert here.asked(on.split()[1]) == 1
    assert here.vault.leaves["acc_1"].state is AccountState.CONNECTED


@EVERY_CALL
async def test_404_says_that_nothing_is_there(here: Street, name: str) -> None:
    here.fail(404, CALLS[name][0], times=-1)
    await fails(here, name, MissingError)


@EVERY_CALL
async def test_429_waits_as_told_and_asks_again(here: Street, name: str) -> None:
    on, ask = CALLS[name]
    here.fail(429, on, headers={"ratelimit-reset": "1"})
    await ask(here.presence)
    assert here.asked(on.split()[1]) == 2


@EVERY_CALL
async def test_429_with_a_long_pause_is_said_at_once(here: Street, name: str) -> None:
    on, _ = CALLS[name]
    here.fail(429, on, headers={"ratelimit-reset": "99999999999"})
    error = await fails(here, name, RateLimitedError)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s > 60
    asked = len(here.there.front.asked)
    await fails(here, name, RateLimitedError)
    assert len(here.there.front.asked) == asked, "a pause is kept by all who ask after it"


@EVERY_CALL
async def test_5xx_is_asked_again_where_that_does_no_harm(here: Street, name: str) -> None:
    on, ask = CALLS[name]
    here.fail(503, on, times=2)
    if name == "say":  # it may have been said
        await fails(here, name, AwayError)
        assert here.asked(on.split()[1]) == 1
    else:
        await ask(here.presence)
        assert here.asked(on.split()[1]) == 3


@EVERY_CALL
async def test_5xx_without_end_is_given_up(here: Street, name: str) -> None:
    on, _ = CALLS[name]
    here.fail(500, on, times=-1)
    await fails(here, name, AwayError)
    assert here.asked(on.split()[1]) <= here.settings.attempts_max


@EVERY_CALL
async def test_a_malformed_reply_is_said_to_be_one(here: Street, name: str) -> None:
    on, _ = CALLS[name]
    # Twitch answers a listing with nothing, and an empty object may stand for no category.
    for body in () if name == "listing" else MALFORMED:
        here.there.front.faults[:] = [Fault(Answer(200, raw=body), on=on, times=-1)]
        error = await fails(here, name, MalformedError)
        assert "report it" in str(error)
        assert error.__cause__ is None


@EVERY_CALL
async def test_a_redirect_is_not_followed(here: Street, name: str) -> None:
    on, _ = CALLS[name]
    here.fail(302, on, times=-1, headers={"location": "http://127.0.0.1:1/"})
    await fails(here, name, MalformedError)


@EVERY_CALL
async def test_a_connection_that_is_cut_is_made_again(here: Street, name: str) -> None:
    on, ask = CALLS[name]
    here.there.front.faults.append(Fault(on=on, cut=True))
    if name == "say":
        await fails(here, name, AwayError)
    else:
        await ask(here.presence)


@EVERY_CALL
async def test_no_answer_is_not_waited_for_without_end(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAIT_S", 0.01)
    async with street(call_ms=100, attempts_max=2) as here:
        here.there.front.faults.append(Fault(on=CALLS[name][0], after_s=60, times=-1))
        await fails(here, name, AwayError)


@EVERY_CALL
async def test_without_an_app_an_administrator_is_named(here: Street, name: str) -> None:
    here.vault.apps.clear()
    error = await fails(here, name, NoAppError)
    assert "administrator" in str(error)


@EVERY_CALL
async def test_no_secret_is_in_any_log_or_failure(
    here: Street, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets, told = {here.there.key}, []
    for status in (400, 401, 403, 404, 429, 500, 503):
        tokens = here.connect()
        here.fail(status, CALLS[name][0], times=-1, headers={"ratelimit-reset": "1"})
        with pytest.raises(PlatformError) as caught:
            await CALLS[name][1](here.presence)
        told.append(f"{caught.value!r} {caught.value.__cause__} {caught.value.__dict__}")
        here.there.front.faults.clear()
        after = here.vault.leaves["acc_1"].tokens
        secrets |= {tokens.access, tokens.refresh, after.access, after.refresh}
    text = "\n".join(told) + caplog.text
    assert not [secret for secret in secrets if secret in text]


async def test_a_missing_permission_is_no_reason_for_new_tokens(here: Street) -> None:
    here.connect(("user:read:chat",))
    error = await fails(here, "listing", ForbiddenError)
    assert error.said == "Missing scope: channel:manage:broadcast"
    assert here.asked("/oauth2/token") == 0
    assert here.vault.leaves["acc_1"].state is AccountState.CONNECTED


async def test_the_place_to_send_to_is_the_nearest_over_tls(here: Street) -> None:
    ingest = await here.presence.ingest()
    assert (ingest.url, ingest.key) == (here.there.ingest, here.there.key)


async def test_without_the_list_of_servers_any_will_do(here: Street) -> None:
    here.fail(503, "/ingests", times=-1)
    ingest = await here.presence.ingest()
    assert (ingest.url, ingest.key) == (SERVERS[Platform.TWITCH], here.there.key)


async def test_a_listing_is_set_and_what_does_not_fit_is_said(here: Street) -> None:
    listing = Listing(title="x" * 150, category_id="1469308723", tags=("live coding", "python"))
    notes = await here.presence.set_listing(listing)
    assert here.there.title == "x" * 140
    assert here.there.game_id == "1469308723"
    assert here.there.tags == ["livecoding", "python"]
    assert len(notes) == 2


async def test_an_empty_listing_changes_nothing(here: Street) -> None:
    await here.presence.go_live(Listing())
    assert here.asked("/helix/channels") == 0


async def test_a_category_that_is_none_is_refused_in_twitchs_words(here: Street) -> None:
    with pytest.raises(RefusedError, match="The game_id is not valid"):
        await here.presence.set_listing(Listing(category_id="1"))


async def test_live_is_what_twitch_lists(here: Street) -> None:
    assert (await here.presence.look()).state is PlatformState.NOT_LIVE
    here.there.viewers = 17
    assert await here.there.arrives(here.there.key)
    on_air = await here.presence.look()
    assert (on_air.state, on_air.viewers) == (PlatformState.LIVE, 17)
    assert on_air.url == "https://www.twitch.tv/street"
    await here.there.leaves(here.there.key)
    assert (await here.presence.look()).state is PlatformState.NOT_LIVE


async def test_events_are_believed_before_helix(here: Street) -> None:
    here.there.listed = False
    await here.there.arrives(here.there.key)
    presence = here.presence
    presence.online = True
    assert (await presence.look()).state is PlatformState.LIVE
    here.there.listed = True
    presence.online = False
    assert (await presence.look()).state is PlatformState.NOT_LIVE


async def test_a_message_that_is_dropped_was_not_said(here: Street) -> None:
    here.there.drops = "Your message is being checked by mods."
    with pytest.raises(RefusedError, match="checked by mods"):
        await here.presence.say("Hello")


async def test_an_account_is_connected_with_a_code(here: Street) -> None:
    flow = await here.twitch.begin_connect("")
    assert flow.prompt.user_code in flow.prompt.url
    assert await here.twitch.finish_connect(flow, {}) is None
    here.there.allow(flow.prompt.user_code)
    connected = await here.twitch.finish_connect(flow, {})
    assert connected is not None
    assert connected.account.external_id == here.there.user_id
    assert connected.account.url == "https://www.twitch.tv/street"
    assert connected.tokens.access in here.there.access
    with pytest.raises(RefusedError, match="invalid device code"):
        await here.twitch.finish_connect(flow, {})


async def finished(here: Street) -> object:
    here.there.front.faults, faults = [], here.there.front.faults
    flow = await here.twitch.begin_connect("")
    here.there.allow(flow.prompt.user_code)
    here.there.front.faults = faults
    return await here.twitch.finish_connect(flow, {})


async def renewed(here: Street) -> object:
    here.there.expire()
    return await here.presence.look()


CONNECTING: dict[str, tuple[str, Callable[[Street], Awaitable[object]]]] = {
    "begin": ("POST /oauth2/device", lambda here: here.twitch.begin_connect("")),
    "finish": ("POST /oauth2/token", finished),
    "renew": ("POST /oauth2/token", renewed),
    "revoke": ("POST /oauth2/revoke", lambda here: here.presence.disconnect()),
}
EVERY_STEP = pytest.mark.parametrize("name", CONNECTING)


@EVERY_STEP
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (403, RefusedError),
        (404, RefusedError),
        (418, MalformedError),
        (500, AwayError),
        (503, AwayError),
    ],
)
async def test_a_step_of_connecting_that_fails_says_so_and_harms_no_account(
    here: Street, name: str, status: int, kind: type[PlatformError]
) -> None:
    on, step = CONNECTING[name]
    here.fail(status, on, times=-1)
    with pytest.raises(kind):
        await step(here)
    assert here.vault.leaves["acc_1"].state is AccountState.CONNECTED


@EVERY_STEP
async def test_a_step_of_connecting_is_tried_again(here: Street, name: str) -> None:
    on, step = CONNECTING[name]
    here.fail(503, on)
    here.fail(429, on, headers={"ratelimit-reset": "1"})
    await step(here)


@EVERY_STEP
async def test_a_step_of_connecting_that_is_malformed_says_so(here: Street, name: str) -> None:
    on, step = CONNECTING[name]
    if name == "revoke":
        return  # Twitch answers it with nothing
    for body in (b"", b"[]", b'{"access_token": null, "device_code": null}', b"[" * 100_000):
        here.connect()
        here.there.front.faults[:] = [Fault(Answer(200, raw=body), on=on, times=-1)]
        with pytest.raises(MalformedError):
            await step(here)


@EVERY_STEP
async def test_a_step_of_connecting_tells_no_log_a_secret(
    here: Street, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await CONNECTING[name][1](here)
    for secret in (*here.there.access, *here.there.refresh, *here.there._devices):
        assert secret not in caplog.text


async def test_an_app_that_twitch_does_not_know_is_said(here: Street) -> None:
    here.there.client_id = "another"
    with pytest.raises(RefusedError, match="invalid client"):
        await here.twitch.begin_connect("")


async def test_an_app_with_a_secret_renews_with_it(here: Street) -> None:
    here.there.client_secret = "s3cr3t"
    here.there.expire()
    with pytest.raises(RefusedError, match="invalid client secret"):
        await here.presence.look()
    assert here.vault.leaves["acc_1"].state is AccountState.CONNECTED, "the app is wrong, not it"


async def test_a_leave_is_given_back(here: Street) -> None:
    access = here.vault.leaves["acc_1"].tokens.access
    await here.presence.disconnect()
    assert access not in here.there.access
