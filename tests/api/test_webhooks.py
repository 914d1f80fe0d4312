import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bench.platforms.kick import kick as kick_server
from tests.api.asking import Room, control_room
from tests.api.serving import serving
from tests.runtime.platforms.vaults import MemoryVault

from manycast.api import webhooks
from manycast.model.destinations import Platform
from manycast.platforms.failures import AwayError
from manycast.platforms.kick.webhooks import ForgedError
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.kick import Kick
from manycast.settings.platforms import PlatformsSettings
from manycast.settings.tree import Settings


PATH = "/api/v1/webhooks/kick"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """Nothing answers where Kick would be."""
    nowhere = PlatformsSettings(kick_api="http://127.0.0.1:1", call_ms=100, attempts_max=1)
    kick = Kick(Calls(MemoryVault(), nowhere))
    with control_room(tmp_path, drivers={kick.name: kick}) as room:
        room.become(None)
        yield room
    asyncio.run(kick.calls._http.aclose())


def test_nothing_without_a_signature_is_believed(room: Room) -> None:
    refused = room.ask.post(PATH, json={"hello": 1})
    assert refused.json()["type"].endswith("not-signed")


def test_too_long_an_event_is_not_read(room: Room) -> None:
    reply = room.ask.post(PATH, content=b"x" * (webhooks.BODY_BYTES_MAX + 1))
    assert reply.status_code == 413


def test_kick_sends_again_what_could_not_be_checked(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    kick = room.context.platforms.drivers[Platform.KICK]
    assert isinstance(kick, Kick)

    async def take(headers: object, body: bytes) -> None:
        raise AwayError(Platform.KICK) if body == b"away" else ForgedError("no")

    monkeypatch.setattr(kick.webhooks, "take", take)
    assert room.ask.post(PATH, content=b"away").status_code == 502
    assert room.ask.post(PATH, content=b"else").status_code == 400


def test_where_nobody_speaks_with_kick_nothing_is_taken(tmp_path: Path) -> None:
    with control_room(tmp_path) as room:
        assert room.ask.post(PATH, json={}).status_code == 404


async def test_what_kick_signed_is_taken_with_the_only_answer_that_it_knows(tmp_path: Path) -> None:
    async with kick_server() as street:
        places = PlatformsSettings(kick_api=street.front.url, kick_auth=street.front.url)
        async with serving(tmp_path, replace(Settings(), platforms=places)) as url:
            street.webhook_url = f"{url}{PATH}"
            street.subscriptions["one"] = {"event": "chat.message.sent"}
            event = await street.says("ann", "hi")
            assert street.answers == [200]
            body = json.dumps(event).encode()
            await street.deliver(street.signed("chat.message.sent", body), body + b" ")
            assert street.answers == [200, 400, 400, 400]
