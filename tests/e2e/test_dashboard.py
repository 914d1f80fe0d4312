"""One session as a new user has it, from the first page to a rotated key, by the words on the screen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e import control_room
from tests.e2e.control_room import ADMIN, PATIENCE_S, Person, Room, Uplink


pytestmark = pytest.mark.e2e

CHANNEL = "Main stage"
SLOW_BYTES_PER_S = 60_000
"""Half of what the publisher makes."""
RECONNECT_MS = 4000
expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with control_room.room(tmp_path, origin={"reconnect_ms": RECONNECT_MS}) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with control_room.browser() as running:
        yield running


@pytest.mark.parametrize("phone", [False, True], ids=["desktop in the light", "phone in the dark"])
def test_a_new_user_has_a_session(
    room: Room, browser: Browser, phone: bool, tmp_path: Path
) -> None:
    with (
        control_room.context(browser, phone=phone, dark=phone) as profile,
        control_room.uplink(room) as line,
    ):
        ada = Person(profile.new_page(), tmp_path / "screens", "ada")
        set_up(ada, room)
        server, key = create_a_channel(ada)
        watch_and_throttle(ada, line, publishing(server, key, line))
        invite(ada, browser, phone=phone)
        record_and_play(ada, publishing(server, key, line))
        fresh = rotate(ada)
        assert fresh != key
        refused(publishing(server, key, line))
        go(ada, CHANNEL)
        with control_room.publisher(publishing(server, fresh, line)):
            expect(ada.page.get_by_text("The stream comes in steadily.")).to_be_visible()
        assert not ada.problems


def set_up(ada: Person, room: Room) -> None:
    page = ada.page
    page.goto(room.setup_url())
    look(ada, "set-up")
    page.get_by_label("Name", exact=True).fill(ADMIN["name"])
    page.get_by_label("Password", exact=True).fill(ADMIN["password"])
    page.get_by_role("button", name="Open the control room").click()
    expect(page.get_by_role("button", name="New channel")).to_be_visible()
    look(ada, "home")


def create_a_channel(ada: Person) -> tuple[str, str]:
    """Server and key, as they are copied."""
    page = ada.page
    page.get_by_role("button", name="New channel").click()
    page.get_by_label("Name", exact=True).fill(CHANNEL)
    look(ada, "new-channel")
    page.get_by_role("button", name="Create channel").click()
    expect(page.get_by_role("heading", level=1, name=CHANNEL)).to_be_visible()
    expect(page.get_by_text("Waiting for your stream")).to_be_visible()
    look(ada, "waiting")
    return copied(page, "Server"), copied(page, "Stream key")


def copied(page: Page, what: str) -> str:
    page.get_by_role("button", name=f"Copy {what}").click()
    expect(page.get_by_role("button", name=f"Copied {what}")).to_be_visible()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def publishing(server: str, key: str, line: Uplink) -> str:
    """The broadcaster's own line leads to the server."""
    near, count = re.subn(r":\d+/", f":{line.own_port}/", server)
    assert count == 1, server
    return f"{near}/{key}"


def watch_and_throttle(ada: Person, line: Uplink, url: str) -> None:
    page = ada.page
    with control_room.publisher(url):
        expect(page.get_by_text("The stream comes in steadily.")).to_be_visible()
        ada.plays(page.get_by_label("What viewers see"))
        look(ada, "live")
        line.bytes_per_s = SLOW_BYTES_PER_S
        expect(page.get_by_text(re.compile("comes in unsteadily|is in trouble"))).to_be_visible()
        look(ada, "throttled")
        line.bytes_per_s = None
        expect(page.get_by_text("The stream comes in steadily.")).to_be_visible()
        go(ada, "Home")
        expect(page.get_by_role("link", name=CHANNEL).first).to_be_visible()
        look(ada, "home-live")
    go(ada, CHANNEL)
    expect(page.get_by_text("Waiting for your stream")).to_be_visible()


def invite(ada: Person, browser: Browser, *, phone: bool) -> None:
    page = ada.page
    go(ada, "People")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("Who is it for?").fill("Grace")
    page.get_by_role("radio", name="Viewer").check()
    page.get_by_role("checkbox", name=CHANNEL).check()
    look(ada, "invite")
    page.get_by_role("button", name="Make the link").click()
    link = copied(page, "Link")
    look(ada, "invitation")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("list", name="Invitations")).to_contain_text("Grace")
    with control_room.context(browser, phone=phone, dark=phone) as profile:
        grace = Person(profile.new_page(), ada.screens, "grace")
        accept(grace, link)
    page.reload()
    expect(page.get_by_role("table", name="People")).to_contain_text("grace")
    look(ada, "people")


def accept(grace: Person, link: str) -> None:
    page = grace.page
    page.goto(link)
    expect(page.get_by_role("heading", name="You are invited")).to_be_visible()
    look(grace, "invited")
    page.get_by_label("Name", exact=True).fill("grace")
    page.get_by_label("Password", exact=True).fill("amazing compiler nanoseconds")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("link", name=CHANNEL).first).to_be_attached()
    expect(page.get_by_role("link", name="People")).to_have_count(0)
    look(grace, "home")
    assert not grace.problems


def record_and_play(ada: Person, url: str) -> None:
    page = ada.page
    go(ada, CHANNEL)
    page.get_by_role("switch", name="Recording").click()
    expect(page.get_by_role("switch", name="Recording")).to_be_checked()
    with control_room.publisher(url):
        expect(page.get_by_text(re.compile(r"\d(\.\d+)? MB"))).to_be_visible()
        look(ada, "recording")
    expect(page.get_by_text("Waiting for your stream")).to_be_visible()
    go(ada, "Broadcasts")
    expect(page.get_by_role("table").get_by_text(re.compile(r"\d MB|\d kB"))).to_be_visible()
    look(ada, "broadcasts")
    page.get_by_role("table").get_by_role("link", name=CHANNEL).first.click()
    video = page.get_by_label("Recording of main-stage")
    expect(video).to_be_visible()
    video.evaluate("video => (video.muted = true, video.play())")
    ada.plays(video)
    video.evaluate("video => { video.pause(); video.currentTime = video.duration - 1 }")
    ada.becomes(video, "video => !video.seeking && video.currentTime > video.duration - 1.5")
    look(ada, "recorded")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes()[4:8] == b"ftyp"


def rotate(ada: Person) -> str:
    page = ada.page
    go(ada, CHANNEL)
    page.get_by_role("button", name=re.compile("^Key ")).click()
    page.get_by_role("menuitem", name="Rotate").click()
    look(ada, "rotate")
    page.get_by_role("button", name="Rotate key").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    key = copied(page, "Stream key")
    look(ada, "rotated")
    return key


def refused(url: str) -> None:
    """The publisher gives up by itself."""
    with control_room.publisher(url) as process:
        assert process.wait(PATIENCE_S) != 0


def go(ada: Person, name: str) -> None:
    """By the navigation, which a phone keeps behind a button."""
    page = ada.page
    menu = page.get_by_role("button", name="Menu", exact=True)
    if menu.is_visible():
        menu.click()
    link = page.get_by_role("navigation", name="Main", include_hidden=True).get_by_role(
        "link", name=name, include_hidden=True
    )
    link.click()
    expect(link).to_have_attribute("aria-current", "page")


def look(person: Person, name: str) -> None:
    person.settled()
    person.shot(name)
    person.fits()
    person.accessible()
