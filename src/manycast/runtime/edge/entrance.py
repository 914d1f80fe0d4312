"""What stands between the server and the node: access rules, where there are any."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from manycast.edge.commands import Ask
from manycast.edge.guard.gate import Gate, Refusal
from manycast.edge.guard.sites import amended
from manycast.runtime import clock
from manycast.runtime.http.exchange import Application, Exchange
from manycast.std.http1 import Headers


class Answers(Protocol):
    def accepts(self, headers: Headers) -> bytes | None: ...
    def answer(self, target: bytes, profile: bytes) -> Sequence[bytes] | None: ...


class Entrance:
    """An application, a shortcut and a gate of a server, before those of a node."""

    def __init__(
        self,
        gate: Gate,
        inside: Application,
        shortcut: Answers,
        refused: Callable[[Exchange, int], None],
    ) -> None:
        self._gate = gate
        self._refused = refused
        self._inside = inside
        self._shortcut = shortcut
        self._now: Callable[[], float] = asyncio.get_running_loop().time

    def application(self, exchange: Exchange) -> None:
        request = exchange.request
        ask = Ask(request.method, request.target, request.path, request.query, request.headers)
        found = self._gate.judge(ask, exchange.host, self._now(), clock.wall_ms() / 1000)
        if isinstance(found, Refusal):
            # what is refused is noted without its query, which may hold a token
            exchange.request = replace(request, target=request.path.encode(), query="")
            self._refused(exchange, found.status)
            exchange.send(found.status, found.fields, found.text.encode())
            return
        if found.told:
            exchange.amend = partial(amended, told=found.told)
        if found.ask is not ask:
            passed = found.ask
            exchange.request = replace(
                request, target=passed.target, query=passed.query, headers=passed.headers
            )
        self._inside(exchange)

    def accepts(self, headers: Headers) -> bytes | None:
        gate = self._gate
        if gate.reads_requests or not gate.admits(headers):
            return None
        return self._shortcut.accepts(headers)

    def answer(self, target: bytes, profile: bytes) -> Sequence[bytes] | None:
        return self._shortcut.answer(target, profile)

    def connected(self, host: str) -> bool:
        return self._gate.connected(host)

    def left(self, host: str) -> None:
        self._gate.left(host)

    def take(self, host: str) -> bool:
        return self._gate.take(host, self._now())
