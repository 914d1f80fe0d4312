"""One evening of somebody who goes live on three platforms at once for the first time, by the words on the screen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.platforms.receiver import Fault
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e import control_room
from tests.e2e.control_room import PATIENCE_S, Person, Room
from tests.e2e.town import Town, town

from manycast.runtime.clock import wall_ms


pytestmark = pytest.mark.e2e

FAILING_MS = 3000
"""How soon a dead platform must be seen here."""
LOOK_MS = 400
WIDE, WIDE_RATE = "2048x1152", 15
"""A picture that YouTube takes as it is, and the others do not: Kick cuts off without a word who sends it."""
SETTINGS: dict[str, dict[str, object]] = {
    "ladder": {
        "hardware": [],
        "targets": [
            {"name": "360p", "short_side": 360, "bitrate_bps": 500_000, "frame_rate_max": 15}
        ],
    },
    "destinations": {"retry_first_ms": 300, "retry_limit_ms": 2000},
}
TITLE = "Open doors, live from the studio"
expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture
def platforms(tmp_path: Path) -> Iterator[Town]:
    folder = tmp_path / "platforms"
    folder.mkdir()
    with town(folder) as there:
        there.street.twitch.interval_s = there.street.youtube.google.interval_s = 1
        yield there


@pytest.fixture
def room(tmp_path: Path, platforms: Town) -> Iterator[Room]:
    there = platforms.street
    own: dict[str, dict[str, object]] = {
        "ladder": SETTINGS["ladder"],
        "platforms": {**there.settings, "look_ms": LOOK_MS},
        "destinations": {**SETTINGS["destinations"], "ca_file": str(there.authority.ca)},
    }
    with control_room.room(tmp_path, **own) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with control_room.browser() as running:
        yield running


@pytest.mark.parametrize("phone", [False, True], ids=["desktop in the light", "phone in the dark"])
def test_a_new_user_is_live_on_three_platforms(
    room: Room, platforms: Town, browser: Browser, phone: bool, tmp_path: Path
) -> None:
    with control_room.context(browser, phone=phone, dark=phone) as profile:
        caller = control_room.set_up(room, profile)
        made = caller.ask("POST", "/channels", {"name": "studio", "title": "The studio"})
        ada = Person(profile.new_page(), tmp_path / "screens", "ada")
        register(ada, room, platforms)
        ada.page.goto(f"{room.url}/streams/studio")
        look(ada, "nowhere-yet")
        for name in ("Twitch", "YouTube", "Kick"):
            connect(ada, name)
        look(ada, "ready")
        server = f"rtmp://127.0.0.1:{room.rtmp}/live/{made['key']['secret']}"
        with control_room.publisher(server, WIDE, WIDE_RATE):
            verified(ada, platforms)
            change_the_title(ada, platforms)
            hear_and_say(ada, platforms)
            lose_one(ada, platforms)
            stop(ada, platforms)
        assert not ada.problems


def test_what_only_looks_well_and_what_needs_a_person_is_said(
    room: Room, platforms: Town, browser: Browser, tmp_path: Path
) -> None:
    there = platforms.street
    with control_room.context(browser, phone=False, dark=True) as profile:
        caller = control_room.set_up(room, profile)
        made = caller.ask("POST", "/channels", {"name": "studio", "title": "The studio"})
        ada = Person(profile.new_page(), tmp_path / "screens", "ada")
        register(ada, room, platforms)
        ada.page.goto(f"{room.url}/streams/studio")
        connect(ada, "Kick")
        platforms.ask(lambda street: setattr(street.ingests["kick"], "fault", Fault.BLIND))
        server = f"rtmp://127.0.0.1:{room.rtmp}/live/{made['key']['secret']}"
        with control_room.publisher(server):
            send_to_a_server(ada, there.ingests["twitch"].url, "a wrong key")
            expect(row(ada.page, "Partner")).to_contain_text("Needs you")
            look(ada, "key-refused")
            mend(ada, there.ingests["twitch"].key)
            expect(row(ada.page, "Partner")).to_contain_text("Sending")
            expect(row(ada.page, "Kick")).to_contain_text("Sending, but not live on Kick")
            look(ada, "green-but-not-live")
            platforms.ask(lambda street: setattr(street.ingests["kick"], "fault", Fault.NONE))
            expect(row(ada.page, "Kick")).to_contain_text("Live on Kick")
        assert not ada.problems


def send_to_a_server(ada: Person, url: str, key: str) -> None:
    page = ada.page
    page.get_by_role("region", name="Destinations").get_by_role(
        "button", name="Add", exact=True
    ).click()
    page.get_by_role("dialog").get_by_role("button", name="Custom server").click()
    page.get_by_label("Name", exact=True).fill("Partner")
    page.get_by_label("Address").fill(url)
    page.get_by_label("Stream key", exact=True).fill(key.replace(" ", "-"))
    look(ada, "own-server")
    page.get_by_role("button", name="Add destination").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def mend(ada: Person, key: str) -> None:
    page = ada.page
    page.get_by_role("button", name="More about Partner").click()
    page.get_by_role("menuitem", name="Edit").click()
    page.get_by_label("Stream key", exact=True).fill(key)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def register(ada: Person, room: Room, platforms: Town) -> None:
    """This network, with each platform: once, by an administrator."""
    there, page = platforms.street, ada.page
    page.goto(f"{room.url}/settings/platforms")
    apps = {
        "Twitch": (there.twitch.client_id, ""),
        "YouTube": (there.youtube.google.client_id, there.youtube.google.client_secret),
        "Kick": (there.kick.client_id, there.kick.client_secret),
    }
    for name, (client_id, secret) in apps.items():
        form = page.get_by_role("form", name=name)
        form.get_by_label("Client ID").fill(client_id)
        if secret:
            form.get_by_label("Client secret", exact=True).fill(secret)
        form.get_by_role("button", name="Save").click()
        card = page.get_by_role("region", name=name)
        expect(card.get_by_text("Set up", exact=True)).to_be_visible()
    look(ada, "registered")


def connect(ada: Person, name: str) -> None:
    page = ada.page
    destinations = page.get_by_role("region", name="Destinations")
    add = destinations.get_by_role("button", name="Add", exact=True)
    first = destinations.get_by_role("button", name=name, exact=True)
    expect(add.or_(first)).to_be_visible()
    if first.is_visible():
        first.click()
    else:
        add.click()
        page.get_by_role("dialog").get_by_role("button", name=name).click()
    look(ada, f"connect-{name}")
    page.get_by_role("button", name=f"Connect {name}").click()
    say_yes(ada, name)
    expect(page.get_by_text("Address and key come from")).to_be_visible()
    look(ada, f"connected-{name}")
    page.get_by_role("button", name="Add destination").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row(page, name)).to_contain_text("Ready")


def say_yes(ada: Person, name: str) -> None:
    """In the platform's own window, which opens beside ours."""
    link = ada.page.get_by_role("link", name=f"Open {name}")
    expect(link).to_be_visible()
    look(ada, f"asked-{name}")
    with ada.page.context.expect_page() as opened:
        link.click()
    there = opened.value
    field = there.get_by_role("textbox")
    if field.count():
        field.fill(copied(ada.page, f"Code to enter at {name}"))
    there.get_by_role("button", name=re.compile("Authorize|Allow")).click()
    there.wait_for_load_state()
    there.close()


def copied(page: Page, what: str) -> str:
    page.get_by_role("button", name=f"Copy {what}").click()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Destinations").get_by_role(
        "listitem", name=name, exact=True
    )


def verified(ada: Person, platforms: Town) -> None:
    for name in ("Twitch", "YouTube", "Kick"):
        expect(row(ada.page, name)).to_contain_text(f"Live on {name}")
        assert platforms.street.ingests[name.lower()].live
    assert widths(platforms) == {"twitch": 640, "youtube": 2048, "kick": 640}
    assert not any(one.refusals for one in platforms.street.ingests.values())
    look(ada, "live-everywhere")


def widths(platforms: Town) -> dict[str, int]:
    """What each platform gets."""
    latest = {name: one.latest for name, one in platforms.street.ingests.items()}
    return {name: one.video.width for name, one in latest.items() if one and one.video}


def change_the_title(ada: Person, platforms: Town) -> None:
    page = ada.page
    page.get_by_role("region", name="Title and category").get_by_role("button", name="Edit").click()
    page.get_by_label("Title", exact=True).fill(TITLE)
    look(ada, "title")
    page.get_by_role("button", name="Change everywhere").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Changed on Twitch, YouTube and Kick.")).to_be_visible()
    there = platforms.street
    shown = platforms.ask(lambda street: street.youtube.live())
    assert shown is not None
    assert (there.twitch.title, shown.snippet["title"], there.kick.title) == (TITLE, TITLE, TITLE)


def hear_and_say(ada: Person, platforms: Town) -> None:
    page = ada.page
    chat = page.get_by_role("log", name="Chat")
    platforms.ask(lambda street: street.twitch.says("fern", "hello from Lisbon"))
    expect(chat).to_contain_text("hello from Lisbon")
    page.get_by_label("Message").fill("Welcome, everybody!")
    page.get_by_role("button", name="Send").click()
    platforms.until(lambda street: "Welcome, everybody!" in street.twitch.said)
    expect(page.get_by_label("Message")).to_have_value("")
    look(ada, "chat")


def lose_one(ada: Person, platforms: Town) -> None:
    """Seen at once, nothing else is touched, and it comes back by itself."""
    page = ada.page
    began_ms = wall_ms()
    platforms.ask(lambda street: street.ingests["kick"].stop())
    expect(row(page, "Kick")).to_contain_text(re.compile("Failing|Connecting"))
    took_ms = wall_ms() - began_ms
    assert took_ms < FAILING_MS, f"it took {took_ms} ms"
    look(ada, "one-failing")
    for name in ("Twitch", "YouTube"):
        expect(row(page, name)).to_contain_text(f"Live on {name}")
        assert len(platforms.street.ingests[name.lower()].sittings) == 1
    platforms.ask(lambda street: street.ingests["kick"].start())
    expect(row(page, "Kick")).to_contain_text("Live on Kick")
    look(ada, "back")
    for name in ("twitch", "youtube"):
        assert len(platforms.street.ingests[name].sittings) == 1


def stop(ada: Person, platforms: Town) -> None:
    page = ada.page
    page.get_by_role("switch", name="Send to Twitch").click()
    expect(row(page, "Twitch")).to_contain_text("Off")
    platforms.until(lambda street: not street.ingests["twitch"].live)
    expect(row(page, "YouTube")).to_contain_text("Live on YouTube")
    page.get_by_role("button", name="Stop all").click()
    for name in ("Twitch", "YouTube", "Kick"):
        expect(row(page, name)).to_contain_text("Off")
    platforms.until(lambda street: not any(one.live for one in street.ingests.values()))
    assert all(one.latest and one.latest.clean for one in platforms.street.ingests.values())
    look(ada, "stopped")


def look(person: Person, name: str) -> None:
    person.settled()
    person.shot(name)
    person.fits()
    person.accessible()
