"""Every page of the dashboard, as those see it who need it to be accessible."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.e2e import control_room
from tests.e2e.control_room import Person, Room


pytestmark = pytest.mark.e2e

PAGES = {
    "home": "/",
    "stream": "/streams/live",
    "broadcasts": "/broadcasts",
    "no-broadcast": "/broadcasts?title=nothing+like+it",
    "notifications": "/notifications",
    "deliveries": "/notifications/deliveries",
    "people": "/people",
    "audit": "/audit",
    "account": "/settings",
    "keys": "/settings/keys",
    "mail": "/notifications/mail",
    "sign-on": "/settings/sign-on",
    "site": "/settings/site",
    "network": "/settings/network",
    "platforms": "/settings/platforms",
    "destinations": "/streams/studio",
    "nowhere": "/nowhere",
}
WAYS = [
    {"kind": "webhook", "name": "Our bot", "url": "https://bot.example.org/hooks/manycast"},
    {"kind": "email", "name": "The night shift", "recipients": ["night@example.org"]},
]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with control_room.room(tmp_path_factory.mktemp("room")) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with control_room.browser() as running:
        yield running


@pytest.fixture(scope="module")
def furnished(room: Room, browser: Browser) -> Room:
    """With an admin, and some of everything."""
    with control_room.context(browser, phone=False) as admin:
        caller = control_room.set_up(room, admin)
        made = [
            caller.ask("POST", "/targets", way, **{"Idempotency-Key": str(number)})
            for number, way in enumerate(WAYS)
        ]
        rule = {"name": "What matters", "kinds": ["stream.live", "disk.low"]}
        rule |= {"targets": [target["id"] for target in made]}
        caller.ask("POST", "/rules", rule)
        caller.ask("POST", "/channels", {"name": "studio", "title": "The studio"})
        partner = {"name": "Partner", "url": "rtmp://partner.example.org/live", "key": "k3y"}
        caller.ask("POST", "/channels/studio/destinations", partner)
        guest = {"role": "broadcaster", "channels": ["studio"], "note": "Grace"}
        caller.ask("POST", "/invitations", guest)
        caller.ask("POST", "/api-keys", {"name": "Weather bot", "scopes": ["live:read"]})
    return room


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_every_page_is_accessible_and_fits(
    furnished: Room, browser: Browser, phone: bool, dark: bool, tmp_path: Path
) -> None:
    with control_room.context(browser, phone=phone, dark=dark) as profile:
        control_room.log_in(furnished, profile)
        person = Person(profile.new_page(), tmp_path, "pages")
        person.expected += ("/settings/sign-on",)  # there is no provider yet
        for name, path in PAGES.items():
            person.page.goto(furnished.url + path)
            person.page.get_by_role("heading", level=1).wait_for()
            person.settled()
            person.shot(name)
            person.fits()
            person.accessible()
    assert not person.problems
