"""Looks objects up in a store that nodes share, and puts them there; without it the node just goes on.

A purge voids everything there, for every node: one mark is read with each value, which is good only if it
was fetched under the very same mark, and a purge replaces it. So no clocks are compared, no purge is
outrun by a fetch that began before it, and a server that forgets the mark forgets the values with it.
"""

import asyncio
import importlib
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from hashlib import sha256
from typing import Protocol, Self, TypeVar

from manycast.edge.layers import LayerCounters, Loaded, Record
from manycast.runtime import clock
from manycast.runtime.disk.format import DamagedError, pack, unpack
from manycast.settings.shared import SharedSettings
from manycast.std.breaker import Breaker, BreakerLimits, State


T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_BLOCK_BYTES = 1_048_576
_WINDOW_S = 10.0
_PURGE_TRIES_S = 1.0
"""Seconds between attempts to tell of a purge."""


class Values(Protocol):
    """The few commands that are used, as redis-py spells them."""

    def mget(self, keys: Sequence[bytes]) -> Awaitable[Sequence[bytes | None]]: ...
    def set(
        self, name: bytes, value: bytes, *, px: int | None = None, nx: bool = False
    ) -> Awaitable[object]: ...
    def aclose(self) -> Awaitable[None]: ...


class AbsentError(ValueError):
    """The operator asked for a layer whose library is not installed."""


def values_at(settings: SharedSettings) -> Values:
    """Loads the library only now: it takes 6 MB and a tenth of a second. Raises AbsentError, ValueError."""
    try:
        library = importlib.import_module("redis.asyncio")
    except ImportError:
        raise AbsentError("shared.url is set: install manycast[shared] too") from None
    try:
        values: Values = library.Redis.from_url(
            settings.url,
            max_connections=settings.connections_max,
            socket_connect_timeout=settings.connect_ms / 1000,
            retry=None,
        )
    except ValueError as error:
        raise ValueError(f"shared.url: {error}") from error
    return values


class Shared:
    """``async with`` it. ``observe`` is told the seconds of each look-up that was made."""

    def __init__(
        self, values: Values, settings: SharedSettings, observe: Callable[[float], None]
    ) -> None:
        self.counters = LayerCounters()
        self._values = values
        self._settings = settings
        self._observe = observe
        self._loop = asyncio.get_running_loop()
        self._tasks = asyncio.TaskGroup()
        self._places = asyncio.Semaphore(settings.connections_max)
        self._waiting = 0
        self._closed = False
        self._marks: OrderedDict[bytes, bytes] = OrderedDict()
        """Of keys that were looked up in vain: what is fetched for them now is put there under it."""
        self._untold = b""
        limits = BreakerLimits(
            consecutive=settings.failures_max,
            ratio=0.5,
            volume=4 * settings.failures_max,
            window_s=_WINDOW_S,
            open_s=settings.open_s,
            open_s_max=settings.open_s_max,
            probe_s=settings.connect_ms / 1000,
        )
        self._breaker = Breaker(limits)
        self._mark_name = settings.prefix.encode() + b"mark"

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        """What is under way ends by its own limit."""
        self._closed = True
        await self._tasks.__aexit__(None, None, None)
        await self._values.aclose()

    @property
    def away(self) -> bool:
        """Whether it is not asked at the moment."""
        return self._breaker.state(self._loop.time()) is not State.CLOSED

    def get(self, key: bytes, done: Callable[[Loaded | None], None]) -> bool:
        """Look up; False when it is not asked at all, and ``done`` will not be called."""
        probe = None if self._untold else self._admitted()
        if probe is None:
            self.counters.refused += 1
            return False
        self._start(self._look_up(key, done, probe=probe))
        return True

    def put(
        self, key: bytes, head: bytes, times: tuple[float, float], body: Sequence[bytes]
    ) -> None:
        """Keep what was fetched after looking up in vain; born and expiring at ``times`` of the loop."""
        mark = self._marks.pop(key, None)
        fresh_s = times[1] - self._loop.time()
        fits = sum(map(len, body)) + len(head) + len(key) <= self._settings.value_bytes_max
        worth = mark is not None and fits and fresh_s >= self._settings.fresh_s_min
        probe = self._admitted() if worth else None
        if mark is None or probe is None:
            self.counters.refused += 1
            return
        wall_s = _wall_s()
        ahead_s = wall_s - self._loop.time()
        head = b"%s\n%s" % (mark, head)
        record = Record(key, head, times[0] + ahead_s, times[1] + ahead_s, wall_s)
        self._start(self._store(record, body, int(fresh_s * 1000), probe=probe))

    def purged(self) -> None:
        """Nothing that is there may be used any more, by anybody; until that is told, not by this node."""
        self._marks.clear()
        telling = bool(self._untold)
        self._untold = _new_mark()
        if not telling and not self._closed:
            self._tasks.create_task(self._tell_purge())

    def _admitted(self) -> bool | None:
        """Whether the operation is the breaker's probe; None when it must not be."""
        if self._closed or self._waiting >= self._settings.waiting_max:
            return None
        state = self._breaker.admit(self._loop.time())
        return None if state is State.OPEN else state is State.HALF_OPEN

    def _start(self, operation: Coroutine[None, None, None]) -> None:
        self._waiting += 1
        self._tasks.create_task(self._counted(operation))

    async def _counted(self, operation: Coroutine[None, None, None]) -> None:
        try:
            await operation
        finally:
            self._waiting -= 1

    async def _look_up(
        self, key: bytes, done: Callable[[Loaded | None], None], *, probe: bool
    ) -> None:
        begun = self._loop.time()
        keys = (self._name(key), self._mark_name)
        found = await self._attempt(lambda: self._values.mget(keys), probe=probe)
        self._observe(self._loop.time() - begun)
        loaded = None
        if found is not None and not self._untold:
            value, mark = found
            loaded = None if value is None else self._judge(key, value, mark)
            if loaded is None:
                self._remember(key, mark)
        self.counters.hits += loaded is not None
        self.counters.misses += loaded is None
        self._loop.call_soon(done, loaded)  # what it raises is not this layer's

    def _judge(self, key: bytes, value: bytes, mark: bytes | None) -> Loaded | None:
        try:
            record, body = unpack(value)
        except DamagedError as error:
            self.counters.damaged += 1
            _LOG.warning("a shared object is damaged: %s", error)
            return None
        under, _, head = record.head.partition(b"\n")
        if record.key != key or under != mark:
            return None
        ahead_s = _wall_s() - self._loop.time()
        born = min(record.born_s - ahead_s, self._loop.time())  # another node's clock may be ahead
        return Loaded(head, born, record.expires_s - ahead_s, len(body), body)

    def _remember(self, key: bytes, mark: bytes | None) -> None:
        if mark is None:
            self._start(self._make_mark())
            return
        self._marks[key] = mark
        if len(self._marks) > self._settings.looked_up_max:
            self._marks.popitem(last=False)

    async def _make_mark(self) -> None:
        mark = _new_mark()
        await self._attempt(lambda: self._values.set(self._mark_name, mark, nx=True), probe=False)

    async def _store(
        self, record: Record, body: Sequence[bytes], fresh_ms: int, *, probe: bool
    ) -> None:
        value = pack(record, body, _BLOCK_BYTES)
        name = self._name(record.key)
        stored = await self._attempt(
            lambda: self._values.set(name, value, px=fresh_ms), probe=probe
        )
        self.counters.saved += stored is not None

    async def _tell_purge(self) -> None:
        while self._untold and not self._closed:
            mark = self._untold
            command = partial(self._values.set, self._mark_name, mark)
            told = await self._attempt(command, probe=False)
            if told is None:
                await asyncio.sleep(_PURGE_TRIES_S)
            elif mark == self._untold:
                self._untold = b""

    async def _attempt(self, command: Callable[[], Awaitable[T]], *, probe: bool) -> T | None:
        """One operation within its time, told to the breaker; None when it failed."""
        try:
            async with asyncio.timeout(self._settings.timeout_ms / 1000), self._places:
                result = await command()
        except Exception as error:  # noqa: BLE001  whatever the library raises, the node goes on
            self.counters.errors += 1
            if self._breaker.failed(self._loop.time(), probe=probe):
                _LOG.warning("the shared layer is not asked for a while: %r", error)
            return None
        self._breaker.succeeded(self._loop.time(), probe=probe)
        return result

    def _name(self, key: bytes) -> bytes:
        return self._settings.prefix.encode() + sha256(key).hexdigest().encode()


def _new_mark() -> bytes:
    return secrets.token_hex(8).encode()


def _wall_s() -> float:
    return clock.wall_ms() / 1000
