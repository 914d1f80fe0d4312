"""Sending a chat message; reading them is ``events``."""

from typing import Any

from manycast.platforms.failures import RefusedError
from manycast.platforms.kick.data import call
from manycast.platforms.kick.faults import NAME
from manycast.platforms.wire import Call, Request


TEXT_MAX = 500
"""Characters of a message."""


def say(api: str, user_id: int, text: str) -> Call[None]:
    body = {"type": "user", "broadcaster_user_id": user_id, "content": text}
    request = Request(method="POST", url=f"{api}/public/v1/chat", json=body, repeatable=False)
    return call(request, _sent)


def _sent(data: Any) -> None:
    if not data["is_sent"]:
        raise RefusedError(NAME, "The message was not sent.")
