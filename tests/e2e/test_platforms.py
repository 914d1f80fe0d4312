"""The platforms' troubles as people are shown them, through everything but the sending itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bench.platforms.front import Answer, Fault
from tests.e2e.platform_world import CHANNEL, NAMES, World, world


pytestmark = pytest.mark.e2e
APIS = {"twitch": "/helix/", "youtube": "/youtube/v3/", "kick": "/public/"}
SOON = {"ratelimit-reset": "1", "retry-after": "1"}
FAULTS: dict[str, tuple[Callable[[], Fault], str]] = {
    "403": (lambda: Fault(Answer(403, {})), "does not allow this"),
    "429": (lambda: Fault(Answer(429, {}, SOON)), "asked too often"),
    "5xx": (lambda: Fault(Answer(503, {})), "does not answer"),
    "malformed": (lambda: Fault(Answer(raw=b"<html>")), "not in its documents"),
    "slow": (lambda: Fault(after_s=60), "does not answer"),
    "cut": (lambda: Fault(cut=True), "does not answer"),
}


def fail(place: World, name: str, fault: Fault) -> None:
    fault.on, fault.times = APIS[name], -1
    place.fronts[name].faults.append(fault)


def mend(place: World) -> None:
    for front in place.fronts.values():
        front.faults.clear()


async def test_every_trouble_is_shown_and_passes_by_itself(tmp_path: Path) -> None:
    log = tmp_path.with_suffix(".log")
    async with world(tmp_path, log) as place:
        await place.until(
            lambda all_: all(one["on_platform"]["state"] == "not_live" for one in all_.values())
        )
        await place.arrive()
        await place.until_live()
        await one_title_for_all(place)
        await one_platforms_trouble(place)
        for number in range(len(FAULTS)):
            await all_platforms_troubles(place, number)
        assert {one["state"] for one in (await place.accounts()).values()} == {"connected"}
        await tokens_that_are_too_old(place)
        await a_quota_that_is_gone(place)
        await leave_that_is_taken_back(place)
        secrets = place.secrets()
    assert len(secrets) > 10
    assert_hidden(secrets, log, tmp_path)


async def one_title_for_all(place: World) -> None:
    listing = {"title": "The one title", "description": "", "tags": [], "platforms": {}}
    told = await place.ask("PUT", f"{CHANNEL}/listing", json=listing, headers={"If-Match": "*"})
    assert [one["ok"] for one in told["taken"]] == [True, True, True]
    assert place.twitch.title == place.kick.title == "The one title"


async def one_platforms_trouble(place: World) -> None:
    """The others stay live."""
    fail(place, "twitch", Fault(after_s=60))
    shown = await place.until(lambda all_: all_["twitch"]["on_platform"]["trouble"])
    assert shown["twitch"]["verdict"] != "live"
    assert {shown["youtube"]["verdict"], shown["kick"]["verdict"]} == {"live"}
    mend(place)
    await place.until_live()


async def all_platforms_troubles(place: World, number: int) -> None:
    """Each platform another one, and over the rounds each every one."""
    kinds = list(FAULTS.values())
    words = {}
    for shift, name in enumerate(NAMES):
        make, words[name] = kinds[(number + shift) % len(kinds)]
        fail(place, name, make())
    shown = await place.until(
        lambda all_: all(words[name] in all_[name]["on_platform"]["trouble"] for name in NAMES)
    )
    assert not [name for name in NAMES if shown[name]["verdict"] == "live"]
    mend(place)
    await place.until_live()


async def tokens_that_are_too_old(place: World) -> None:
    """Nobody notices."""
    place.twitch.expire()
    place.youtube.google.expire()
    place.kick.expire()
    seen = place.secrets()
    await place.until(lambda _: len(place.secrets() - seen) >= len(NAMES))
    await place.until_live()
    assert {one["state"] for one in (await place.accounts()).values()} == {"connected"}


async def a_quota_that_is_gone(place: World) -> None:
    gone = {"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}], "message": "Quota"}}
    fail(place, "youtube", Fault(Answer(403, gone)))
    shown = await place.until(lambda all_: "used up" in all_["youtube"]["on_platform"]["trouble"])
    assert {shown["twitch"]["verdict"], shown["kick"]["verdict"]} == {"live"}
    mend(place)


async def leave_that_is_taken_back(place: World) -> None:
    await place.twitch.revoke()
    place.kick.revoke()
    await place.until(
        lambda all_: all(
            "Connect the account again" in all_[name]["on_platform"]["trouble"]
            for name in ("twitch", "kick")
        )
    )
    accounts = await place.accounts()
    assert {accounts["twitch"]["state"], accounts["kick"]["state"]} == {"revoked"}
    await place.connect("twitch")
    await place.until(lambda all_: all_["twitch"]["verdict"] == "live")


def assert_hidden(secrets: set[str], log: Path, directory: Path) -> None:
    text = log.read_text()
    assert not [secret for secret in secrets if secret in text]
    files = [path.read_bytes() for path in directory.rglob("*") if path.is_file()]
    assert not [one for one in secrets if any(one.encode() in content for content in files)]
