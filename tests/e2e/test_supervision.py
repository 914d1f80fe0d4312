"""Streams sent on by processes that an origin looks after, while broadcaster, control role and the processes themselves fail."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bench.platforms.receiver import LIVE_S, Receiver
from bench.platforms.rules import ANY
from tests.runtime.control_peer import TOKEN, listening
from tests.runtime.origin.conftest import Origin, running
from tests.runtime.origin.test_report import KEY, Mind, reporting_to

from manycast.settings.ladder import LadderSettings
from manycast.settings.origin import OriginSettings


pytestmark = pytest.mark.e2e

AWAY_MS = 20_000
"""The broadcaster, as an encoder that is started again or a train in a tunnel."""
BACK_S_MAX = 3.0
"""From a killed process to media at the platform again, as is promised."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    directory = tmp_path / "origin"
    directory.mkdir()
    (directory / "fleet.token").write_text(TOKEN)
    return directory


@dataclass
class Show:
    """One stream of an origin, sent on to two platforms."""

    mind: Mind
    origin: Origin
    first: Receiver
    second: Receiver

    def report(self, name: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = self.mind.stream.get("destinations") or []
        return next((one for one in found if one["id"] == name), {})

    async def live(self) -> None:
        for receiver in (self.first, self.second):
            await receiver.until(lambda one=receiver: one.live)  # type: ignore[misc]  mypy's lambdas have no defaults
        # What a process did is counted once it has told of it: a test may kill it right away.
        for name in ("dst_first", "dst_second"):
            await self.mind.until(lambda one=name: self.report(one).get("state") == "sending")  # type: ignore[misc]  as above


@asynccontextmanager
async def shown(place: Path) -> AsyncIterator[Show]:
    mind = Mind()
    settings = replace(
        reporting_to(mind),
        origin=OriginSettings(reconnect_ms=60_000),
        ladder=LadderSettings(targets=(), hardware=()),
    )
    async with (
        Receiver("first", ANY, place.parent, timed=True) as first,
        Receiver("second", ANY, place.parent, timed=True) as second,
        listening(mind),
    ):
        mind.destinations = tuple(
            {"id": f"dst_{one.name}", "name": one.name, "url": one.url, "key": one.key}
            for one in (first, second)
        )
        settings = replace(settings, control=reporting_to(mind).control)
        async with running(place, settings) as origin:
            yield Show(mind, origin, first, second)


def media_ms(receiver: Receiver) -> int:
    assert receiver.latest is not None
    return receiver.latest.last_ms


def one_session(receiver: Receiver) -> None:
    """What a platform saw: one connection, time that only grows, and no pause in which it would have shown nothing."""
    (sitting,) = receiver.sittings
    assert receiver.attempts == 1
    assert sitting.backwards == 0
    assert sitting.configs == 1
    for (_, before, _, _), (_, after, _, _) in pairwise(sitting.times):
        assert after - before < LIVE_S


async def test_platforms_see_one_session_while_the_broadcaster_is_away(place: Path) -> None:
    async with shown(place) as show:
        async with show.origin.publisher(KEY):
            await show.live()
        gone_ms = media_ms(show.first)
        await show.mind.until(lambda: bool(show.report("dst_first").get("slate")))
        await show.first.until(lambda: media_ms(show.first) > gone_ms + AWAY_MS)
        assert show.mind.stream["state"] == "reconnecting"
        assert show.report("dst_first")["state"] == "sending"
        async with show.origin.publisher(KEY):
            await show.mind.until(lambda: show.report("dst_first").get("slate") is False)
            for receiver in (show.first, show.second):
                back_ms = media_ms(receiver)
                await receiver.until(
                    lambda one=receiver, since=back_ms: media_ms(one) > since + 2000  # type: ignore[misc]  as above
                )
                one_session(receiver)


async def test_destinations_go_on_without_the_control_role(place: Path) -> None:
    async with shown(place) as show, show.origin.publisher(KEY):
        await show.live()
        show.mind.silent = True
        since_ms = media_ms(show.first)
        await show.first.until(lambda: media_ms(show.first) > since_ms + 5000)
        show.mind.silent = False
        await show.mind.until(lambda: show.report("dst_first").get("state") == "sending")
        one_session(show.first)
        one_session(show.second)


async def test_a_killed_process_is_back_at_once_and_its_neighbour_untouched(place: Path) -> None:
    async with shown(place) as show, show.origin.publisher(KEY):
        await show.live()
        loop = asyncio.get_running_loop()
        os.kill(workers()[0], signal.SIGKILL)
        killed = loop.time()
        both = (show.first, show.second)
        await show.second.until(lambda: any(one.attempts > 1 and one.live for one in both))
        took_s = loop.time() - killed
        hit, neighbour = sorted(both, key=lambda one: -one.attempts)
        await show.mind.until(lambda: show.report(f"dst_{hit.name}").get("reconnects", 0) > 0)
        one_session(neighbour)
        assert took_s < BACK_S_MAX * 3, "three times what is promised, for a crowded machine"


def workers() -> list[int]:
    """Processes of destinations that this one started, the oldest first."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        for pid in map(int, (task / "children").read_text().split()):
            with suppress(OSError):
                if b"destination" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    found.append(pid)
    return sorted(found)


async def test_what_is_switched_off_says_goodbye_and_leaves_nobody_behind(place: Path) -> None:
    async with shown(place) as show, show.origin.publisher(KEY):
        await show.live()
        show.mind.destinations = show.mind.destinations[1:]
        await show.first.until(lambda: not show.first.sittings[0].publishing)
        assert show.first.sittings[0].clean
        await show.mind.until(lambda: show.report("dst_first").get("state") == "stopped")
        one_session(show.second)
    assert show.second.sittings[0].clean
    assert workers() == []
