"""A dashboard that stays open: while the control role dies and comes back, with a link pasted into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e import control_room
from tests.e2e.control_room import LOOK_S, PATIENCE_S, Person, Room


pytestmark = pytest.mark.e2e

PROVOKED = ("Failed to load resource", "ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING")
COUNT_SNAPSHOTS = """
window.snapshots = 0;
window.EventSource = class extends EventSource {
  constructor(...words) {
    super(...words);
    this.addEventListener("snapshot", () => window.snapshots++);
  }
};
"""
FRAMES = "document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames"
FIGURES = "document.querySelector('.figure-grid').textContent"
expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with control_room.room(tmp_path, "--demo") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with control_room.browser() as running:
        yield running


def test_the_control_role_dies_while_live_and_the_page_recovers(
    room: Room, browser: Browser, tmp_path: Path
) -> None:
    with control_room.context(browser, phone=False) as profile:
        caller = control_room.set_up(room, profile)
        profile.add_init_script(COUNT_SNAPSHOTS)
        person = Person(profile.new_page(), tmp_path / "screens", "recovery", expected=PROVOKED)
        page = person.page
        page.goto(f"{room.url}/streams/demo")
        expect(page.get_by_text("The stream comes in steadily.")).to_be_visible()
        until(page, f"{FRAMES} > 10")
        for deaths in (1, 2):
            frames = page.evaluate(FRAMES)
            room.kill("control")
            until(page, f"window.snapshots > {deaths}")
            until(page, f"{FRAMES} > {frames} + 30")
            expect(page.get_by_text("Connection lost")).to_have_count(0)
            figures = page.evaluate(FIGURES)
            until(page, f"{FIGURES} !== {figures!r}")
        person.shot("after")
        assert not person.problems
        found = caller.ask("GET", "/broadcasts")["items"]
        assert [(one["channel"], one["live"]) for one in found] == [("demo", True)]


def test_what_cannot_be_reached_is_said(room: Room, browser: Browser, tmp_path: Path) -> None:
    with control_room.context(browser, phone=True) as profile:
        control_room.set_up(room, profile)
        person = Person(profile.new_page(), tmp_path / "screens", "offline", expected=PROVOKED)
        page = person.page
        page.goto(f"{room.url}/streams/demo")
        expect(page.get_by_text("The stream comes in steadily.")).to_be_visible()
        profile.set_offline(True)
        expect(page.get_by_text("Connection lost")).to_be_visible()
        person.shot("lost")
        person.accessible()
        profile.set_offline(False)
        expect(page.get_by_text("Connection lost")).to_have_count(0)
        assert not person.problems


def test_a_preview_whose_code_could_not_be_fetched_comes_by_itself(
    room: Room, browser: Browser, tmp_path: Path
) -> None:
    with control_room.context(browser, phone=True) as profile:
        control_room.set_up(room, profile)
        person = Person(profile.new_page(), tmp_path / "screens", "late", expected=PROVOKED)
        page = person.page
        page.route("**/assets/preview-*.js", lambda route: route.abort(), times=1)
        page.goto(f"{room.url}/streams/demo")
        expect(page.get_by_label("What viewers see")).to_be_attached()
        until(page, f"{FRAMES} > 10")
        assert not person.problems


def test_a_page_that_was_opened_while_nobody_answered_fills_itself(
    room: Room, browser: Browser, tmp_path: Path
) -> None:
    with control_room.context(browser, phone=True) as profile:
        control_room.set_up(room, profile)
        person = Person(profile.new_page(), tmp_path / "screens", "late", expected=PROVOKED)
        page = person.page
        page.goto(f"{room.url}/audit")
        expect(page.get_by_text("user.create")).to_be_visible()
        profile.set_offline(True)
        page.get_by_role("searchbox", name="Who").fill("ada")
        expect(page.get_by_text("Nobody answers")).to_be_visible()
        profile.set_offline(False)
        expect(page.get_by_text("user.create")).to_be_visible()
        assert not person.problems


def test_the_set_up_link_may_be_pasted_into_the_page_that_is_open(
    room: Room, browser: Browser
) -> None:
    with control_room.context(browser, phone=True) as profile:
        page = profile.new_page()
        page.goto(room.url)
        expect(page.get_by_label("Set-up code")).to_be_visible()
        page.goto(room.setup_url())
        expect(page.get_by_text("Your link brought the set-up code along.")).to_be_visible()


def until(page: Page, script: str) -> None:
    """Ask again and again: the page's own policy forbids what Playwright would wait with."""
    for _ in range(int(PATIENCE_S / LOOK_S)):
        if page.evaluate(script):
            return
        page.wait_for_timeout(LOOK_S * 1000)
    raise AssertionError(f"it never became true: {script}")
