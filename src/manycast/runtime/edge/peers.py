"""The other workers of this node: asked for what they own, and all together for what each knows."""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Self

from manycast.edge.orders import from_row, row
from manycast.edge.purge import Purge
from manycast.model.failures import Failure
from manycast.runtime.edge.place import INNER, SUPERVISOR, Place, ownership
from manycast.runtime.http.client import Client, Parent
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.settings.parents import ParentsSettings
from manycast.settings.workers import WorkersSettings


_LOG = logging.getLogger(__name__)
_TELL_AGAIN_S = 0.5
_TELL_TIMES = 60
"""Together half a minute: a worker that was killed is back within seconds."""


@dataclass(frozen=True, slots=True)
class Told:
    """One peer's answer; status 0 when it gave none in time."""

    peer: str
    status: int
    body: bytes


Request = tuple[str, bytes, bytes]
"""Method, target and fields, as for a Client."""

Heard = Callable[[list[Told]], None]


class Peers:
    """Use as ``async with``."""

    def __init__(
        self, place: Place, settings: WorkersSettings, client: ParentsSettings | None = None
    ) -> None:
        self.place = place
        self.settings = settings
        self.owner = ownership(place)
        self._asking: dict[Request, list[Heard]] = {}
        self._stack = AsyncExitStack()
        limits = replace(
            client or ParentsSettings(),
            connections_max=settings.peer_connections_max,
            queue_max=settings.peer_queue_max,
            away_s=settings.peer_away_s,
            attempts_max=1,
            health_s=0.0,
        )
        self._clients = {
            name: Client([Parent(f"worker-{name}", 80, path=place.path(name))], limits)
            for name in (*map(str, place.others), SUPERVISOR)
        }

    async def __aenter__(self) -> Self:
        for client in self._clients.values():
            await self._stack.enter_async_context(client)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    async def close(self) -> None:
        """Let go of the connections to peers, which they wait for when they end."""
        await self._stack.aclose()

    def client(self, worker: int) -> Client:
        return self._clients[str(worker)]

    def broadcast(self, request: Request, then: Heard, body: bytes = b"") -> None:
        """Put a request to every other worker's inner side; ``then`` gets what they answered."""
        self.ask([str(number) for number in self.place.others], request, then, body)

    def broadcast_widely(self, request: Request, then: Heard) -> None:
        """The same, to the supervisor as well; who asks meanwhile hears the same answers.

        Strangers may ask for numbers and health as often as they like, and objects go the same way.
        """
        waiting = self._asking.setdefault(request, [])
        waiting.append(then)
        if len(waiting) == 1:
            self.ask(list(self._clients), request, partial(self._heard, request))

    def _heard(self, request: Request, told: list[Told]) -> None:
        for then in self._asking.pop(request):
            then(told)

    def report_ready(self, pid: int) -> None:
        request = ("GET", f"{INNER}/ready/{pid}".encode(), b"")
        self.ask([SUPERVISOR], request, lambda _: None)

    def ask(self, names: list[str], request: Request, then: Heard, body: bytes = b"") -> None:
        told: list[Told] = []

        def add(one: Told) -> None:
            told.append(one)
            if len(told) == len(names):
                then(told)

        if not names:
            then(told)
        for name in names:
            answer = _Answer(name, self.settings.gathered_bytes_max, add)
            fetch = self._clients[name].fetch(request, answer, self.settings.gather_s, body)
            answer.give_up = fetch.cancel


def spread(peers: Peers, purges: Sequence[Purge], done: Callable[[], None]) -> None:
    """Have every other worker apply these purges, then call back.

    One that does not answer, such as while it is started again, is told again: its disk may hold what
    is purged.
    """
    rows = json.dumps([row(0, purge) for purge in purges]).encode()
    loop = asyncio.get_running_loop()

    def tell(names: list[str], left: int) -> None:
        peers.ask(names, ("POST", f"{INNER}/purge".encode(), b""), partial(heard, left), rows)

    def heard(left: int, told: list[Told]) -> None:
        missing = [one.peer for one in told if one.status != 200]
        if missing and left:
            loop.call_later(_TELL_AGAIN_S, tell, missing, left - 1)
            return
        if missing:
            _LOG.warning("workers %s have not applied a purge", ", ".join(missing))
        done()

    tell([str(number) for number in peers.place.others], _TELL_TIMES)


def read_purges(body: bytes) -> list[Purge]:
    return [from_row(values)[1] for values in json.loads(body)]


class _Answer:
    """Receives one peer's whole answer."""

    def __init__(self, peer: str, bytes_max: int, then: Callable[[Told], None]) -> None:
        self._peer = peer
        self._left = bytes_max
        self._then = then
        self._status = 0
        self._pieces: list[bytes] = []
        self.give_up: Callable[[], None] = lambda: None

    def head(self, head: ResponseHead) -> None:
        self._status = head.status

    def data(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._left < 0:
            self.give_up()
            self.failed(FetchError(Failure.BROKEN, "the answer is too long"))
        else:
            self._pieces.append(piece)

    def end(self) -> None:
        self._then(Told(self._peer, self._status, b"".join(self._pieces)))

    def failed(self, error: FetchError) -> None:
        self._then(Told(self._peer, 0, str(error).encode()))
