import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import select
from tests.api.asking import Room
from tests.api.browser import Browser, enter, problem
from tests.runtime.accounts.openid import CLIENT, SECRET, OpenId, openid_provider
from tests.runtime.store.people import person

from manycast.control.permissions import Role
from manycast.control.sign_on import ATTEMPT_MS
from manycast.runtime.store.tables.accounts import User


@pytest.fixture
def openid() -> Iterator[OpenId]:
    with openid_provider() as openid:
        openid.person = {"sub": "42", "email": "bob@example.org", "email_verified": True}
        yield openid


@pytest.fixture
def ann(room: Room, openid: OpenId) -> Browser:
    """An administrator, after setting it up."""
    browser, _ = enter(room, "ann", Role.ADMIN)
    body = {"name": "Example", "issuer": openid.url, "client_id": CLIENT, "client_secret": SECRET}
    reply = browser.ask("PUT", "/settings/sign-on", body)
    assert reply.status_code == 200, reply.text
    return browser


def left(browser: Browser, path: str = "/sign-on") -> str:
    """To the provider and back with the answer, which the browser has not followed yet."""
    asked = browser.get(path)
    assert asked.status_code == 303
    back = httpx2.get(asked.headers["Location"], follow_redirects=False).headers["Location"]
    return str(back.removeprefix("http://testserver/api/v1"))


def came(browser: Browser, path: str) -> str:
    """Where it ends."""
    reply = browser.get(path)
    assert reply.status_code == 303
    return str(reply.headers["Location"])


def bob(room: Room, **columns: object) -> User:
    with room.context.store.record() as db:
        return person(db, "bob", Role.VIEWER, email="bob@example.org", **columns)


def test_the_provider_lets_somebody_in_whom_we_know(room: Room, ann: Browser) -> None:
    bob(room)
    browser = Browser(room)
    assert browser.get("/entrance").json()["sign_on"] == "Example"
    assert came(browser, left(browser, "/sign-on?next=/streams/live")) == "/streams/live"
    session = browser.get("/session").json()
    assert session["user"]["name"] == "bob"
    assert not session["user"]["has_password"]
    actions = [each["action"] for each in ann.get("/audit?actor=bob").json()["items"]]
    assert actions == ["session.create", "session.sign_on"]


def test_the_cookies_are_out_of_reach_and_gone_afterwards(room: Room, ann: Browser) -> None:
    bob(room)
    browser = Browser(room)
    asked = browser.get("/sign-on")
    cookie = asked.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
    query = parse_qs(urlsplit(asked.headers["Location"]).query)
    assert query["state"][0] not in cookie, "sealed"
    came(browser, left(browser))
    assert set(browser.client.cookies) == {"manycast_session"}


def test_an_answer_works_once_and_only_in_the_browser_that_asked(room: Room, ann: Browser) -> None:
    bob(room)
    browser = Browser(room)
    back = left(browser)
    assert came(Browser(room), back) == "/login?problem=sign-on-expired"
    other = Browser(room)
    left(other)
    assert came(other, back) == "/login?problem=sign-on-expired"
    assert came(browser, back) == "/"
    assert came(browser, back) == "/login?problem=sign-on-expired"


def test_an_answer_that_comes_late_is_refused(room: Room, ann: Browser) -> None:
    bob(room)
    browser = Browser(room)
    back = left(browser)
    late = room.context.now_ms() + ATTEMPT_MS + 1000
    room.app.state.context = replace(room.context, now_ms=lambda: late)
    assert came(browser, back) == "/login?problem=sign-on-expired"


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ({"nonce": "another"}, "sign-on-failed"),
        ({"aud": "another"}, "sign-on-failed"),
        ({"iss": "https://evil.example"}, "sign-on-failed"),
        ({"exp": 1}, "sign-on-failed"),
        ({"email_verified": False}, "sign-on-unknown"),
        ({"email": "eve@example.org"}, "sign-on-unknown"),
    ],
)
def test_a_token_with_a_fault_opens_nothing(
    room: Room, ann: Browser, openid: OpenId, fault: dict[str, object], ends: str
) -> None:
    bob(room)
    openid.bend_claims = lambda claims: claims | fault
    browser = Browser(room)
    assert came(browser, left(browser)) == f"/login?problem={ends}"
    assert browser.get("/session").status_code == 401


def test_a_token_signed_by_somebody_else_opens_nothing(
    room: Room, ann: Browser, openid: OpenId
) -> None:
    bob(room)
    openid.forge = lambda claims: OpenId().sign(claims, kid=str(openid.key.kid))
    browser = Browser(room)
    assert came(browser, left(browser)) == "/login?problem=sign-on-failed"


def test_whoever_says_no_at_the_provider_is_back_at_the_login(room: Room, ann: Browser) -> None:
    browser = Browser(room)
    state = parse_qs(urlsplit(browser.get("/sign-on").headers["Location"]).query)["state"][0]
    path = f"/sign-on/callback?error=access_denied&state={state}"
    assert came(browser, path) == "/login?problem=sign-on-refused"


def test_a_code_of_somebody_else_is_no_good(room: Room, ann: Browser, openid: OpenId) -> None:
    """Injected into a browser's own answer, the provider finds that the proof of PKCE does not fit."""
    bob(room)
    victim, thief = Browser(room), Browser(room)
    stolen = parse_qs(urlsplit(left(victim)).query)["code"][0]
    state = parse_qs(urlsplit(left(thief)).query)["state"][0]
    path = f"/sign-on/callback?code={stolen}&state={state}"
    assert came(thief, path) == "/login?problem=sign-on-failed"


def test_whoever_is_logged_in_links_the_provider_to_the_account(
    room: Room, ann: Browser, openid: OpenId
) -> None:
    openid.person = {"sub": "43"}
    assert came(ann, left(ann, "/sign-on?link=true&next=/settings")) == "/settings"
    (linked,) = ann.get("/account/identities").json()["items"]
    assert (linked["issuer"], linked["subject"]) == (openid.url, "43")
    other = Browser(room)
    came(other, left(other))
    assert other.get("/session").json()["user"]["name"] == "ann"


def test_whoever_could_not_link_is_back_where_they_began(
    room: Room, ann: Browser, openid: OpenId
) -> None:
    bob(room)
    other = Browser(room)
    came(other, left(other))
    path = left(ann, "/sign-on?link=true&next=/settings")
    assert came(ann, path) == "/settings?problem=sign-on-taken"


def test_nobody_links_without_being_logged_in_here(room: Room, ann: Browser) -> None:
    assert came(Browser(room), "/sign-on?link=true") == "/login?problem=log-in-first"
    reply = ann.ask("GET", "/sign-on?link=true", **{"Sec-Fetch-Site": "cross-site"})
    assert reply.headers["Location"] == "/login?problem=log-in-first"


def test_a_closed_account_stays_closed(room: Room, ann: Browser) -> None:
    user = bob(room)
    with room.context.store.record() as db:
        db.get_one(User, user.id).disabled = True
    browser = Browser(room)
    assert came(browser, left(browser)) == "/login?problem=disabled"


def test_the_provider_is_never_a_way_to_another_site(room: Room, ann: Browser) -> None:
    bob(room)
    browser = Browser(room)
    assert came(browser, left(browser, "/sign-on?next=//evil.example")) == "/"


def test_without_a_provider_there_is_no_way(room: Room) -> None:
    room.become(None)
    assert came(Browser(room), "/sign-on") == "/login?problem=no-sign-on"
    assert (
        came(Browser(room), "/sign-on/callback?code=a&state=b") == "/login?problem=sign-on-expired"
    )


def test_the_secret_stays_here(room: Room, ann: Browser, openid: OpenId) -> None:
    assert SECRET not in ann.get("/settings/sign-on").text
    assert SECRET not in ann.get("/audit").text
    with room.context.store.read() as db:
        assert SECRET not in json.dumps([str(row) for row in db.execute(select(User))])


def test_a_secret_is_not_sent_to_another_provider(ann: Browser) -> None:
    body = {"name": "Evil", "issuer": "https://evil.example", "client_id": CLIENT}
    assert problem(ann.ask("PUT", "/settings/sign-on", body)) == "client-secret-needed"
