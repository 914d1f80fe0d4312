"""Somebody goes live with nothing but a browser, and somebody else watches."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import glass
from playwright.sync_api import BrowserContext, expect, sync_playwright
from tests.e2e import control_room
from tests.e2e.control_room import PATIENCE_S, Person, Room


pytestmark = pytest.mark.e2e

CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""A picture with a clock and a beep, shown to every page without asking a person."""
expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with control_room.room(tmp_path, origin={"reconnect_ms": 2000}) as running:
        yield running


@pytest.fixture
def profile() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=glass.chromium_path(), args=[*glass.CHROMIUM_FLAGS, *CAMERA]
        )
        try:
            yield control_room.context(running, phone=False)
        finally:
            running.close()


def test_a_browsers_camera_goes_live_and_is_watched(
    room: Room, profile: BrowserContext, tmp_path: Path
) -> None:
    ada = Person(profile.new_page(), tmp_path / "screens", "ada")
    caller = control_room.set_up(room, profile)
    caller.ask("POST", "/channels", {"name": "stage"})
    page = ada.page
    page.goto(f"{room.url}/streams/stage")
    page.get_by_role("radio", name="Browser").check()
    page.get_by_role("button", name="Open the camera").click()
    ada.shot("camera")
    page.get_by_role("button", name="Go live").click()
    expect(page.get_by_text("You are publishing from this browser")).to_be_visible()
    viewer = Person(profile.new_page(), tmp_path / "screens", "viewer")
    viewer.page.goto(f"http://127.0.0.1:{room.edge}/watch/stage")
    viewer.plays(viewer.page.locator("video"), frames=60)
    viewer.shot("watching")
    ada.shot("live")
    page.get_by_role("button", name="Stop publishing").click()
    expect(page.get_by_text("Waiting for your stream")).to_be_visible()
    assert not ada.problems
