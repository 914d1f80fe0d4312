"""A control role that answers as it is told, and remembers what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.pool import Parent
from manycast.runtime.http.server import Server, serve


TOKEN = "t" * 43
PROBLEM = b"application/problem+json"


@dataclass
class Control:
    answer: Callable[[str, Any], tuple[int, Any]] = lambda _path, _value: (200, None)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    kind: bytes = PROBLEM
    """Content type of refusals."""
    silent: bool = False
    port: int = 0

    @property
    def place(self) -> Parent:
        return Parent("127.0.0.1", self.port)

    def __call__(self, exchange: Exchange) -> None:
        request = exchange.request
        if request.header(b"authorization") != f"Bearer {TOKEN}".encode():
            exchange.send(401, [(b"content-type", PROBLEM)], b"{}")
            return
        value = json.loads(request.body)
        self.asked.append((request.path, value))
        self.heard.set()
        if not self.silent:
            status, reply = self.answer(request.path, value)
            kind = b"application/json" if status < 400 else self.kind
            body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
            exchange.send(status, [(b"content-type", kind)], body)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a question after which this is so."""
        while not true():
            self.heard.clear()
            await self.heard.wait()


@asynccontextmanager
async def listening(control: Control, port: int = 0) -> AsyncIterator[Server]:
    server = await serve(control, "127.0.0.1", port)
    control.port = server.port
    try:
        yield server
    finally:
        await server.close()
