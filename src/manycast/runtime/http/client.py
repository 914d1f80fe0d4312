"""Fetching from parents: ``edge.parents`` says from which, this carries it out."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from manycast.edge.parent import ParentNumbers
from manycast.edge.parents import Again, Attempt, Parents, Step
from manycast.model.failures import Failure
from manycast.runtime.http.health import examine, watch
from manycast.runtime.http.pool import Parent, Pool, Resolve, resolve as of_the_system
from manycast.runtime.http.response import FetchError, Inform, Receiver, ResponseHead
from manycast.runtime.http.upstream import Message, Run
from manycast.settings.parents import ParentsSettings
from manycast.std.http1 import Headers


__all__ = ["Client", "Fetch", "Parent", "Routing"]


@dataclass(frozen=True, slots=True)
class Routing:
    """What beside the message itself decides its way."""

    key: bytes = b""
    """Chooses the parent; empty is the target."""
    host: bytes = b""
    """The Host to name; empty is the parent's own authority."""
    held: bool = False
    """The parent is slow on purpose: no second parent is asked for that."""


_PLAIN = Routing()


class Fetch:
    """One request under way; the driver may slow it down or give it up."""

    __slots__ = (
        "_client", "_deadline", "_legs", "_loop", "_message", "_reasons", "_receiver", "_taken",
        "_timer", "_trip", "over",
    )  # fmt: skip

    def __init__(
        self,
        client: "Client",
        message: Message,
        receiver: Receiver,
        routing: Routing,
        wait_s: float,
    ) -> None:
        self._client = client
        self._message = message
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._deadline = now + wait_s
        self._legs: list[_Leg] = []
        self._taken: _Leg | None = None
        self._reasons: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.over = False
        key = routing.key or message.target
        self._trip = client.parents.depart(key, message.method, now, held=routing.held)
        self._send(self._trip.under_way[0])
        due = client.parents.due(self._trip, now)
        if due is not None:
            client.examine(due)

    def cancel(self) -> None:
        """Give up; the receiver hears nothing more."""
        if not self.over:
            self._client.parents.given_up(self._trip)
            self._finish()

    def pause(self) -> None:
        if self._taken is not None and self._taken.run.connection is not None:
            self._taken.run.connection.pause()

    def resume(self) -> None:
        if self._taken is not None and self._taken.run.connection is not None:
            self._taken.run.connection.resume()

    # What becomes of its legs.

    def proof_s(self, head: ResponseHead) -> float:
        """How long to wait for all of a reply before passing any of it on."""
        settings = self._client.settings
        small = head.length is not None and head.length <= settings.proof_bytes_max
        return settings.proof_s if small and self._client.parents.replaceable(self._trip) else 0.0

    def interim(self, status: int, headers: Headers) -> None:
        inform: Inform | None = getattr(self._receiver, "interim", None)
        if inform is not None and not self.over:
            inform(status, headers)

    def head(self, leg: "_Leg", head: ResponseHead) -> None:
        parents, now = self._client.parents, self._loop.time()
        step = parents.answered(self._trip, leg.attempt, head.status, now)
        if step is Step.TAKE:
            self._taken = leg
            self._keep_only(leg)
            self._receiver.head(head)
        else:
            self._legs.remove(leg)
            leg.run.drop()
            self._go_on(step)

    def data(self, piece: bytes) -> None:
        self._receiver.data(piece)

    def end(self, leg: "_Leg") -> None:
        self._client.parents.ended(self._trip, leg.attempt, self._loop.time())
        leg.run.over = True  # its connection is good for the next
        self._finish()
        self._receiver.end()

    def failed(self, leg: "_Leg", error: FetchError) -> None:
        self._reasons[str(error)] = None
        self._legs.remove(leg)
        now = self._loop.time()
        step = self._client.parents.failed(self._trip, leg.attempt, error.failure, now)
        if step is Step.GIVE_UP:
            self._fail(error.failure)
        else:
            self._go_on(step)

    # How it goes on.

    def _send(self, attempt: Attempt) -> None:
        leg = _Leg(self, attempt, self._message)
        self._legs.append(leg)
        self._client.pools[attempt.parent].submit(leg.run)
        self._arm()

    def _go_on(self, step: Step | Attempt | Again) -> None:
        if isinstance(step, Attempt):
            self._send(step)
        elif isinstance(step, Again):
            at = min(self._deadline, self._loop.time() + step.after_s)
            self._set_timer(at, self._restart)

    def _restart(self) -> None:
        if self._loop.time() >= self._deadline:
            self._expire()
        else:
            self._reasons.clear()
            self._send(self._client.parents.restart(self._trip, self._loop.time()))

    def _arm(self) -> None:
        hedge_at = self._client.parents.hedge_at(self._trip)
        if hedge_at is None or hedge_at >= self._deadline:
            self._set_timer(self._deadline, self._expire)
        else:
            self._set_timer(hedge_at, self._hedge)

    def _hedge(self) -> None:
        attempt = self._client.parents.hedge(self._trip, self._loop.time())
        if attempt is None:
            self._arm()
        else:
            self._send(attempt)

    def _expire(self) -> None:
        now = self._loop.time()
        if not self._legs:  # still looking for one that is there
            self._fail(Failure.UNREACHABLE)
            return
        for leg in self._legs:
            self._client.parents.failed(self._trip, leg.attempt, Failure.TIMEOUT, now)
        self._reasons["the parent took too long"] = None
        self._fail(Failure.TIMEOUT)

    def _fail(self, failure: Failure) -> None:
        self._finish()
        self._receiver.failed(FetchError(failure, "; ".join(self._reasons)))

    def _finish(self) -> None:
        self.over = True
        self._keep_only(None)
        self._taken = None

    def _keep_only(self, kept: "_Leg | None") -> None:
        """The rest is dropped, and there is nothing more to wait for."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        legs, self._legs = self._legs, [leg for leg in self._legs if leg is kept]
        for leg in legs:
            if leg is not kept:
                leg.forget()
                leg.run.drop()

    def _set_timer(self, at: float, call: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(at, call)


class _Leg:
    """One attempt's receiver; keeps a small reply until it is whole, while others could give it too."""

    __slots__ = ("_fetch", "_head", "_kept", "_timer", "attempt", "run")

    def __init__(self, fetch: Fetch, attempt: Attempt, message: Message) -> None:
        self._fetch = fetch
        self._head: ResponseHead | None = None
        self._kept: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self.attempt = attempt
        self.run = Run(message, self)

    def interim(self, status: int, headers: Headers) -> None:
        self._fetch.interim(status, headers)

    def head(self, head: ResponseHead) -> None:
        proof_s = self._fetch.proof_s(head)
        if proof_s:
            self._head = head
            self._timer = asyncio.get_running_loop().call_later(proof_s, self._pass_on)
        else:
            self._fetch.head(self, head)

    def data(self, piece: bytes) -> None:
        if self._head is None:
            self._fetch.data(piece)
        else:
            self._kept.append(piece)

    def end(self) -> None:
        if self._head is not None:
            self._pass_on()
        if not self.run.over:
            self._fetch.end(self)

    def failed(self, error: FetchError) -> None:
        self.forget()
        self._fetch.failed(self, error)

    def forget(self) -> None:
        self._head = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _pass_on(self) -> None:
        head, kept = self._head, self._kept
        assert head is not None, "there is something to pass on"
        self.forget()
        self._kept = []
        self._fetch.head(self, head)
        for piece in kept:
            if not self.run.over:
                self._fetch.data(piece)


class Client:
    """Use as ``async with``. Each key has its parent, and others while that one is in trouble.

    ``fallback`` are parents to ask when none of ``parents`` can be reached.
    """

    def __init__(
        self,
        parents: Sequence[Parent],
        settings: ParentsSettings,
        fallback: Sequence[Parent] = (),
        resolve: Resolve = of_the_system,
    ) -> None:
        assert parents, "a client needs a parent"
        self.settings = settings
        groups = [group for group in (parents, fallback) if group]
        names = [[parent.name.encode() for parent in group] for group in groups]
        self.parents = Parents(names, settings)
        self._tasks = asyncio.TaskGroup()
        self._looks: set[asyncio.Task[None]] = set()
        self.pools = [
            Pool(parent, settings, _Word(self.parents, index), self._tasks, resolve)
            for index, parent in enumerate([*parents, *fallback])
        ]

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        if self.settings.health_s:
            for pool in self.pools:
                self._look(watch(pool))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._looks:
            task.cancel()
        for pool in self.pools:
            pool.close()
        try:
            await self._tasks.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            if group.exceptions != (error,):  # the body's own error goes on by itself, ungrouped
                raise

    def fetch(
        self,
        request: tuple[str, bytes, bytes],
        receiver: Receiver,
        first_byte_s: float | None = None,
        body: bytes = b"",
        routing: Routing = _PLAIN,
    ) -> Fetch:
        """Start ``(method, target, fields)``; fields as lines of a head without Host and length.

        The receiver is told the head and what follows of one reply, whichever parent's it is.
        """
        message = Message(*request, body, routing.host)
        wait_s = first_byte_s or self.settings.first_byte_s
        return Fetch(self, message, receiver, routing, wait_s)

    def examine(self, index: int) -> None:
        """Ask a parent how it is, beside all fetches."""
        self._look(examine(self.pools[index]))

    def _look(self, looking: Coroutine[None, None, None]) -> None:
        task = self._tasks.create_task(looking)
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    def snapshot(self) -> list[ParentNumbers]:
        return self.parents.numbers(asyncio.get_running_loop().time())


class _Word:
    """What connecting to one parent, or asking for its health, tells of it."""

    def __init__(self, parents: Parents, index: int) -> None:
        self._parents = parents
        self._index = index
        self._loop = asyncio.get_running_loop()

    def reached(self) -> None:
        self._parents.reached()

    def unreachable(self) -> None:
        self._parents.unreachable(self._index, self._loop.time())

    def examined(self, *, well: bool) -> None:
        self._parents.examined(self._index, self._loop.time(), well=well)
