"""A control room that can speak with one platform, and a channel in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.api.asking import Room, control_room
from tests.runtime.platforms.somewhere import Somewhere

from manycast.model.destinations import Platform


CHANNEL = "/api/v1/channels/live"


@contextmanager
def connectable(directory: Path, **answers: Any) -> Iterator[tuple[Room, Somewhere]]:
    somewhere = Somewhere(**answers)
    with control_room(directory, drivers={somewhere.name: somewhere}) as room:
        assert room.ask.post("/api/v1/channels", json={"name": "live"}).status_code == 201
        yield room, somewhere


def connect(room: Room, platform: Platform = Platform.TWITCH) -> str:
    """The account's id."""
    prompt = room.ask.post(f"{CHANNEL}/accounts/{platform}/connect").json()
    done = room.ask.post(f"{CHANNEL}/accounts/connect/{prompt['id']}").json()
    account_id: str = done["account"]["id"]
    return account_id
