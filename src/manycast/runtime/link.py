"""What a node and the control role say to each other: small JSON values over HTTP, with the fleet's token."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.ingest import GiveUp
from manycast.settings.parents import ParentsSettings
from manycast.std.http1 import field


ANSWER_BYTES_MAX = 4_194_304
"""Grants of ten thousand channels with two keys each."""
_LIMITS = ParentsSettings(queue_max=64, away_s=0.0, attempts_max=1)
PROBLEM = b"application/problem+json"


@dataclass(frozen=True, slots=True)
class Told:
    """The control role's answer; status 0 when there was none, or none that is its own."""

    status: int
    value: Any = None
    why: str = ""
    """For the log, when the status is 0."""


Heard = Callable[[Told], None]


class Link:
    """Use as ``async with``. With one connection it is kept between questions, with more each has its own."""

    def __init__(self, control: Parent, token: str, connections_max: int = 1) -> None:
        self.control = control
        self._client = Client([control], replace(_LIMITS, connections_max=connections_max))
        self._fields = (
            b"authorization: Bearer %s\r\ncontent-type: application/json\r\naccept: application/json\r\n"
            % token.encode()
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    def ask(self, path: str, value: object, patience_s: float, heard: Heard) -> GiveUp:
        """POST a value; ``heard`` is called once, later, unless the question is given up."""
        answer = _Answer(heard, patience_s)
        request = ("POST", path.encode(), self._fields)
        body = json.dumps(value).encode()
        answer.cancel = self._client.fetch(request, answer, 2 * patience_s, body).cancel
        return answer.give_up


class _Answer:
    """Receives one answer, for as long as the patience lasts."""

    def __init__(self, heard: Heard, patience_s: float) -> None:
        self._heard = heard
        self._head: ResponseHead | None = None
        self._body = bytearray()
        self._timer = asyncio.get_running_loop().call_later(patience_s, self._expire)
        self.cancel: GiveUp = lambda: None

    def give_up(self) -> None:
        self._timer.cancel()
        self.cancel()

    def head(self, head: ResponseHead) -> None:
        self._head = head

    def data(self, piece: bytes) -> None:
        self._body += piece
        if len(self._body) > ANSWER_BYTES_MAX:
            self.cancel()
            self._settle(Told(0, why="its answer is too long"))

    def end(self) -> None:
        head = self._head
        assert head is not None, "an end comes after a head"
        kind = field(head.headers, b"content-type") or b""
        if head.status >= 500 or (head.status >= 400 and not kind.startswith(PROBLEM)):
            self._settle(Told(0, why=f"it answered {head.status}"))
            return
        try:
            told = Told(head.status, json.loads(self._body or b"null"))
        except ValueError:
            told = Told(0, why="its answer is no JSON")
        self._settle(told)

    def failed(self, error: FetchError) -> None:
        self._settle(Told(0, why=str(error)))

    def _expire(self) -> None:
        self.cancel()
        self._settle(Told(0, why="it took too long"))

    def _settle(self, told: Told) -> None:
        self._timer.cancel()
        self._heard(told)
