"""An HTTP front for what stands in for a platform: one function answers, and faults come before it on demand."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn


Message = MutableMapping[str, Any]
STOP_S = 1
"""Replies that are still going out when a front stops get this long."""
JSON = {"content-type": "application/json; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    def one(self, name: str) -> str:
        """The first value of a query parameter; empty: not given."""
        return next((value for key, value in self.query if key == name), "")

    def many(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def bearer(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    value: Any = None
    """Sent as JSON; None: nothing."""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """In place of ``value``."""
    pushed: AsyncIterator[bytes] | None = None
    """In place of both: sent as it comes, until it ends or nobody reads."""

    def bytes(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.value is None else json.dumps(self.value).encode()


@dataclass(slots=True)
class Fault:
    """What requests get in place of their answer."""

    answer: Answer = field(default_factory=Answer)
    on: str = ""
    """``METHOD /part/of/a/path``; either may be left out."""
    times: int = 1
    """How often; -1: until it is taken away."""
    after_s: float = 0.0
    """Silence before it."""
    done: bool = False
    """The request does its work all the same: only the answer is lost."""
    cut: bool = False
    """The connection is closed in place of an answer."""

    def meets(self, asked: Asked) -> bool:
        method, _, path = self.on.rpartition(" ")
        return self.times != 0 and method in ("", asked.method) and path in asked.path


class Front:
    """ASGI. ``answer`` is what the platform does; ``asked`` is everything that came, for tests to look at."""

    def __init__(self, answer: Callable[[Asked], Awaitable[Answer]]) -> None:
        self._answer = answer
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self.url = ""

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        asked = await _read(scope, receive)
        self.asked.append(asked)
        fault = next((one for one in self.faults if one.meets(asked)), None)
        if fault is None:
            answer = await self._answer(asked)
        else:
            fault.times -= 1
            if fault.done:
                await self._answer(asked)
            await asyncio.sleep(fault.after_s)
            if fault.cut:
                raise ConnectionAbortedError("cut on demand")
            answer = fault.answer
        await _send(answer, receive, send)


async def _read(scope: Message, receive: Callable[[], Awaitable[Message]]) -> Asked:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return Asked(
        scope["method"],
        scope["path"],
        tuple(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        {name.decode().lower(): value.decode() for name, value in scope["headers"]},
        body,
    )


async def _send(
    answer: Answer,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    headers = [(k.encode(), v.encode()) for k, v in {**JSON, **answer.headers}.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.pushed is not None:
        await _push(answer.pushed, receive, send)
    await send({"type": "http.response.body", "body": answer.bytes()})


async def _push(
    chunks: AsyncIterator[bytes],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Until the chunks end or the other side is gone."""

    async def pump() -> None:
        async with contextlib.aclosing(chunks):
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        watch.cancel()

    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(receive())  # says http.disconnect, the body being read
        pumping = tasks.create_task(pump())
        watch.add_done_callback(lambda _: pumping.cancel())


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """They are the process's business."""
        yield


@contextlib.asynccontextmanager
async def serving(front: Front, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Yields its URL."""
    with socket.create_server((host, port)) as door:
        front.url = f"http://{host}:{door.getsockname()[1]}"
        config = uvicorn.Config(
            front,
            loop="none",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=STOP_S,
        )
        server = _Server(config)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[door]))
            try:
                yield front.url
            finally:
                server.should_exit = True
