"""How long a request may take to arrive: a sender that trickles must not hold a place for ever."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


BODY_S_MAX = 20.0
"""From the head to the end of the body, a quarter of a megabyte at most: 13 KB/s."""


class Patience:
    """ASGI; what comes after the body, the end of the connection, is waited for without limit."""

    def __init__(self, app: ASGIApp, wait_s: float = BODY_S_MAX) -> None:
        self._app = app
        self._wait_s = wait_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        deadline = asyncio.get_running_loop().time() + self._wait_s
        whole = False

        async def in_time() -> Message:
            nonlocal whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError as error:
                raise too_slow() from error
            whole = not message.get("more_body", False)
            return message

        await self._app(scope, in_time, send)


def too_slow() -> HTTPException:
    """The framework lets only its own exceptions pass while it reads a body."""
    return HTTPException(
        408,
        f"The body of the request did not arrive within {BODY_S_MAX:.0f} s",
        {"Connection": "close"},
    )
