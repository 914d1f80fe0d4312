"""What the dashboard does when the control role goes, how old its figures are, and whether a keyboard is enough."""

import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e import control_room
from tests.e2e.control_room import ADMIN, PATIENCE_S, Caller, Person, Room


pytestmark = pytest.mark.e2e

FIGURES_MS_MAX = 1000
GAPS = """
() => {
  let last = performance.now();
  const gaps = (window.gaps = []);
  const figure = [...document.querySelectorAll('dt')].find((one) => one.textContent === 'Bitrate');
  new MutationObserver(() => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  }).observe(figure.parentElement.parentElement, { subtree: true, childList: true, characterData: true });
}
"""
"""Notes how long the figures of the ingest stay the same."""
expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with control_room.room(tmp_path_factory.mktemp("room")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with control_room.browser() as running:
        yield running


@pytest.fixture(scope="module")
def key(room: Room, browser: Browser) -> str:
    """Of a channel that the first admin made."""
    with control_room.context(browser, phone=False) as admin:
        caller = control_room.set_up(room, admin)
        made = caller.ask("POST", "/channels", {"name": "stage", "title": "Stage"})
    return str(made["key"]["secret"])


def on_air(page: Page, room: Room) -> None:
    page.goto(f"{room.url}/streams/stage")
    expect(page.get_by_text("The stream comes in steadily.")).to_be_visible()


def test_figures_are_fresh_and_come_back_after_the_control_role_was_killed(
    room: Room, browser: Browser, key: str, tmp_path: Path
) -> None:
    with (
        control_room.context(browser, phone=False) as profile,
        control_room.publisher(f"rtmp://127.0.0.1:{room.rtmp}/live/{key}"),
    ):
        caller = control_room.log_in(room, profile)
        ada = Person(profile.new_page(), tmp_path, "faults")
        ada.expected = (
            *ada.expected,
            "/api/v1/events",
            "ERR_CONNECTION_REFUSED",
            "ERR_INCOMPLETE_CHUNKED_ENCODING",
        )
        on_air(ada.page, room)
        stays_fresh(ada)
        before = began(caller)
        room.kill("control")
        expect(ada.page.get_by_text("Connection lost.")).to_be_visible()
        ada.shot("lost")
        ada.plays(ada.page.get_by_label("What viewers see"))
        expect(ada.page.get_by_text("Connection lost.")).to_have_count(0)
        expect(ada.page.get_by_text("The stream comes in steadily.")).to_be_visible()
        stays_fresh(ada)
        assert began(caller) == before
        assert not ada.problems


def stays_fresh(ada: Person) -> None:
    """Half of the time at least, figures stand for less than they may: now and then a busy machine halts."""
    ada.page.evaluate(GAPS)
    ada.becomes(ada.page.locator("body"), "() => window.gaps.length >= 15")
    gaps = ada.page.evaluate("window.gaps")
    assert statistics.median(gaps) <= FIGURES_MS_MAX, gaps


def began(caller: Caller) -> list[str]:
    """When the broadcasts that are on the air began, by the books."""
    return [one["started_at"] for one in caller.ask("GET", "/broadcasts?live=true")["items"]]


def test_a_keyboard_is_enough(room: Room, browser: Browser, key: str, tmp_path: Path) -> None:
    del key
    with control_room.context(browser, phone=False) as profile:
        ada = Person(profile.new_page(), tmp_path, "keyboard")
        page = ada.page
        page.goto(f"{room.url}/login")
        expect(page.get_by_label("Name or e-mail")).to_be_focused()
        ada.accessible()
        page.keyboard.type(ADMIN["name"])
        page.keyboard.press("Tab")
        page.keyboard.type(ADMIN["password"])
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="New channel")).to_be_visible()
        reach(page, "link", "People")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="People")).to_be_focused()
        reach(page, "button", "Invite")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Who is it for?")).to_be_focused()
        page.keyboard.type("Grace")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Copy Link")).to_be_visible()
        ada.shot("link")
        reach(page, "button", "Done")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_have_count(0)
        reach(page, "button", re.compile("^Revoke"))
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert not ada.problems


def reach(page: Page, role: str, name: str | re.Pattern[str]) -> None:
    """Press Tab until it has the focus, and see that the focus can be seen."""
    wanted = page.get_by_role(role, name=name).first  # type: ignore[arg-type]  # one of ARIA's
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            shown = wanted.evaluate(
                "element => { const style = getComputedStyle(element); return style.boxShadow !== 'none' || style.outlineStyle !== 'none' }"
            )
            assert shown, f"nobody sees that {name} has the focus"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name}")
