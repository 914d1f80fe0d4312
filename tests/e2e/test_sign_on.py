"""A person, Chromium, a provider of OpenID Connect on another site, and the dashboard between them."""

from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import expect
from tests.e2e.administrator import COOKIE, KEY, Control, control, prepare
from tests.e2e.control_room import browser, context
from tests.runtime.accounts.openid import CLIENT, SECRET, OpenId, openid_provider

from manycast.settings.state import StateSettings


pytestmark = pytest.mark.e2e


def set_up(running: Control, openid: OpenId) -> None:
    # Another host name than the dashboard's is another site to a browser, with all that this means for cookies.
    openid.url = openid.url.replace("127.0.0.1", "localhost")
    openid.person = {"sub": "42", "email": "bob@example.org", "email_verified": True}
    openid.person |= {"preferred_username": "bob"}
    body = {"name": "Example", "issuer": openid.url, "client_id": CLIENT, "client_secret": SECRET}
    body |= {"role_for_strangers": "viewer"}
    reply = httpx2.put(
        f"{running.url}/api/v1/settings/sign-on",
        json=body,
        headers={"Authorization": f"Bearer {KEY}", "If-Match": "*"},
    )
    assert reply.status_code == 200, reply.text


def test_somebody_comes_in_by_single_sign_on_and_goes_out_again(tmp_path: Path) -> None:
    prepare(StateSettings(), tmp_path)
    with control(tmp_path) as running, openid_provider() as openid, browser() as chromium:
        set_up(running, openid)
        with context(chromium, phone=False) as person:
            page = person.new_page()
            page.goto(f"{running.url}/broadcasts")
            page.get_by_role("link", name="Example").or_(
                page.get_by_role("button", name="Example")
            ).click()
            expect(page).to_have_url(f"{running.url}/broadcasts")
            expect(page.get_by_role("heading", name="Broadcasts").first).to_be_visible()
            cookies = {each["name"]: each for each in person.cookies()}
            assert set(cookies) == {"manycast_session"}
            assert cookies["manycast_session"]["sameSite"] == "Strict"
            assert cookies["manycast_session"]["httpOnly"]
            page.get_by_role("button", name="Account").click()
            page.get_by_role("menuitem", name="Log out").click()
            expect(page.get_by_label("Password", exact=True)).to_be_visible()
            assert not person.cookies()


def test_an_account_is_connected_to_the_provider_and_disconnected(tmp_path: Path) -> None:
    prepare(StateSettings(), tmp_path)
    with control(tmp_path) as running, openid_provider() as openid, browser() as chromium:
        set_up(running, openid)
        with context(chromium, phone=True) as person:
            person.add_cookies([{"name": "manycast_session", "value": COOKIE, "url": running.url}])
            page = person.new_page()
            page.goto(f"{running.url}/settings")
            page.get_by_role("link", name="Connect Example").click()
            gone = page.get_by_role("button", name="Disconnect localhost")
            expect(gone).to_be_visible()
            expect(page).to_have_url(f"{running.url}/settings")
            gone.click()
            expect(page.get_by_role("alert").filter(has_text="ask for a reset")).to_be_visible()


def test_whom_nobody_knows_is_told_so(tmp_path: Path) -> None:
    prepare(StateSettings(), tmp_path)
    with control(tmp_path) as running, openid_provider() as openid, browser() as chromium:
        set_up(running, openid)
        openid.bend_claims = lambda claims: claims | {"nonce": "another"}
        with context(chromium, phone=True) as person:
            page = person.new_page()
            page.goto(f"{running.url}/login")
            page.get_by_role("link", name="Example").or_(
                page.get_by_role("button", name="Example")
            ).click()
            expect(page).to_have_url(f"{running.url}/login?problem=sign-on-failed")
            expect(page.get_by_role("alert")).to_be_visible()
            assert not [each for each in person.cookies() if each["name"] == "manycast_session"]
