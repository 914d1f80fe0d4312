"""One's own account, API keys and notifications, by the dialogs that make and show them."""

from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect
from tests.e2e import control_room
from tests.e2e.control_room import ADMIN, PATIENCE_S, Person, Room


pytestmark = pytest.mark.e2e

NEW_PASSWORD = "a loom for patterns of algebra"
expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with control_room.room(
        tmp_path_factory.mktemp("room"), accounts={"second_factor_from": "admin"}
    ) as running:
        yield running


@pytest.fixture(scope="module")
def ada(room: Room, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """The first admin, on a phone in the dark."""
    with (
        control_room.browser() as running,
        control_room.context(running, phone=True, dark=True) as profile,
    ):
        control_room.set_up(room, profile)
        yield Person(profile.new_page(), tmp_path_factory.mktemp("screens"), "ada")


def look(ada: Person, name: str) -> None:
    ada.settled()
    ada.shot(name)
    ada.fits()
    ada.accessible()


def test_a_second_factor_is_set_up_and_asked_for(room: Room, ada: Person) -> None:
    page = ada.page
    page.goto(room.url)
    expect(page.get_by_text("People with your role need a second factor")).to_be_visible()
    look(ada, "account")
    page.get_by_role("button", name="Switch on").click()
    page.get_by_label("Your password").fill(ADMIN["password"])
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    look(ada, "second-factor")
    totp = pyotp.TOTP(
        page.get_by_role("group", name="Or type this in").locator("code").inner_text()
    )
    page.get_by_label("Code that the app shows").fill(page_code(page, totp))
    page.get_by_role("dialog").get_by_role("button", name="Switch on").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes.first).to_be_visible()
    recovery = codes.first.inner_text()
    look(ada, "recovery-codes")
    page.get_by_role("checkbox", name="I have kept them").check()
    page.get_by_role("button", name="Done").click()
    change_password(ada)
    log_in_again(ada, recovery)
    assert not ada.problems


def test_what_is_told_to_whom(room: Room, ada: Person) -> None:
    page = ada.page
    page.goto(f"{room.url}/notifications")
    page.get_by_role("button", name="Add a target").click()
    page.get_by_role("radio", name="Webhook").check(force=True)
    page.get_by_label("Name", exact=True).fill("Our bot")
    page.get_by_label("URL", exact=True).fill("nonsense")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_label("URL", exact=True)).to_have_attribute("aria-invalid", "true")
    look(ada, "target")
    page.get_by_label("URL", exact=True).fill("https://bot.example.org/hook")
    page.get_by_role("dialog").get_by_role("button", name="Add").click()
    expect(page.get_by_role("button", name="Copy Signing secret")).to_be_visible()
    look(ada, "signing-secret")
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_role("checkbox", name="Our bot")).to_be_checked()
    page.get_by_text("Quiet hours and patience").click()
    page.get_by_role("checkbox", name="Quiet hours").check()
    page.get_by_text("Words of your own").click()
    look(ada, "rule")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("list", name="Rules")).to_contain_text("quiet from 22:00 to 07:00")
    page.get_by_role("button", name="Send a test").click()
    page.goto(f"{room.url}/notifications/deliveries")
    expect(page.get_by_role("table", name="Deliveries")).to_contain_text("Our bot")
    look(ada, "deliveries")


def test_the_site_is_called_what_its_administrator_calls_it(room: Room, ada: Person) -> None:
    page = ada.page
    page.goto(f"{room.url}/settings/site")
    page.get_by_label("Name", exact=True).fill("Radio Ada")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Radio Ada")).to_be_visible()
    look(ada, "site")


def test_api_keys_are_shown_once(room: Room, ada: Person) -> None:
    page = ada.page
    page.goto(f"{room.url}/settings/keys")
    page.get_by_role("button", name="Make a key").click()
    page.get_by_label("Name", exact=True).fill("Weather bot")
    look(ada, "new-key")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("button", name="Copy API key")).to_be_visible()
    secret = page.get_by_role("group", name="API key").locator("code").inner_text()
    look(ada, "key")
    page.get_by_role("button", name="I have copied it").click()
    reply = page.request.get(
        f"{room.url}/api/v1/streams", headers={"Authorization": f"Bearer {secret}", "Cookie": ""}
    )
    assert reply.ok
    page.reload()
    expect(page.get_by_role("list", name="API keys")).to_contain_text("Weather bot")
    assert secret not in page.content()


def page_code(page: Page, totp: pyotp.TOTP) -> str:
    """What the app would show now, by the clock of the browser."""
    return totp.at(int(page.evaluate("Math.floor(Date.now() / 1000)")))


def change_password(ada: Person) -> None:
    page = ada.page
    page.get_by_label("Current password").fill(ADMIN["password"])
    page.get_by_label("New password").fill("password1234")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    look(ada, "weak-password")
    page.get_by_label("Current password").fill(ADMIN["password"])
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed.")).to_be_visible()


def log_in_again(ada: Person, recovery: str) -> None:
    page = ada.page
    page.get_by_role("button", name="Menu", exact=True).click()
    page.get_by_role("button", name="Account").click()
    look(ada, "menu")
    page.get_by_role("menuitem", name="Log out").click()
    page.get_by_label("Name or e-mail").fill(ADMIN["name"])
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    look(ada, "login")
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("Code").fill(recovery)
    look(ada, "code")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1, name="Settings")).to_be_visible()
