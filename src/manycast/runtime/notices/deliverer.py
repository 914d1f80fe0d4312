"""Empties the outbox: each target has one delivery under way at most, and rests while it keeps failing."""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import httpx2

from manycast.control.retries import next_try_ms
from manycast.model.notices import Kind
from manycast.runtime import clock
from manycast.runtime.notices.failure import DeliveryError
from manycast.runtime.notices.outbox import Outbox, Ready
from manycast.runtime.notices.outgoing import Outgoing
from manycast.runtime.notices.senders import Senders
from manycast.runtime.store.database import UnavailableError
from manycast.runtime.store.store import Store
from manycast.settings.notices import NoticesSettings
from manycast.std.breaker import Breaker, BreakerLimits, State


log = logging.getLogger("manycast.notices")

LOOK_S = 0.5
"""Between two looks into the outbox."""
RETRY_S = 2.0
"""While the database does not answer."""
LANES_MAX = 16
"""Targets that are sent to at once."""
TIDY_S = 60.0
"""Between two rounds of forgetting what is old."""
REST = BreakerLimits(
    consecutive=3,
    ratio=1.0,
    volume=1_000_000,  # only failures in a row count: a target is sent to rarely
    window_s=600.0,
    open_s=60.0,
    open_s_max=900.0,
    probe_s=120.0,
)
"""A target that failed three times is left alone for a minute, then longer; only tests go there meanwhile."""
OUR_FAULT = "A fault in manycast itself; its log says more. Please report it."


class Deliverer:
    """``run`` until cancelled; what is under way then is sent again by the next process, with the same id."""

    def __init__(
        self,
        store: Store,
        settings: NoticesSettings,
        changed: Callable[[str], None] = lambda _: None,
        *,
        now_ms: Callable[[], int] = clock.wall_ms,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """``changed`` is told the id of each delivery that was tried, from this loop's thread."""
        self._senders = Senders(settings, trust or httpx2.create_ssl_context())
        self._outbox = Outbox(store, settings, self._senders)
        self._changed = changed
        self._now_ms = now_ms
        self._rng = random.Random()  # noqa: S311  jitter needs no secret dice
        self._busy: set[str] = set()
        self._breakers: dict[str, Breaker] = {}
        self._free = asyncio.Event()
        self._tidied = float("-inf")

    async def run(self) -> None:
        async with asyncio.TaskGroup() as lanes:
            while True:
                self._free.clear()
                for ready in await self._ready():
                    self._busy.add(ready.outgoing.target_id)
                    lanes.create_task(self._deliver(ready))
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._free.wait()

    async def _ready(self) -> list[Ready]:
        """What is ours to send now."""
        room = LANES_MAX - len(self._busy)
        if room <= 0:
            return []
        now_s = clock.monotonic()
        resting = {t for t, b in self._breakers.items() if b.state(now_s) is State.OPEN}
        try:
            if now_s - self._tidied > TIDY_S:
                await asyncio.to_thread(self._outbox.tidy, self._now_ms())
                self._tidied = now_s
            return await asyncio.to_thread(
                self._outbox.take, self._now_ms(), room, frozenset(self._busy), frozenset(resting)
            )
        except UnavailableError:  # the books have said so in the log
            await asyncio.sleep(RETRY_S)
        except Exception:
            log.exception("the outbox could not be read")
            await asyncio.sleep(RETRY_S)
        return []

    async def _deliver(self, ready: Ready) -> None:
        outgoing = ready.outgoing
        outcome = await self._attempt(ready)
        try:
            await self._keep_at(partial(self._settle, outgoing, outcome))
        except (
            Exception
        ):  # its target stays busy: what cannot be written down would be sent for ever
            log.exception("what became of %s could not be written down", outgoing.id)
            return
        self._busy.discard(outgoing.target_id)
        self._free.set()
        self._changed(outgoing.id)

    async def _attempt(self, ready: Ready) -> str | DeliveryError:
        """What went wrong with a part of it, mostly nothing; or why all of it failed."""
        target_id = ready.outgoing.target_id
        breaker = self._breakers.setdefault(target_id, Breaker(REST))
        probe = breaker.admit(clock.monotonic()) is not State.CLOSED
        try:
            note = await self._senders.send(ready.outgoing, ready.postbox, self._now_ms())
        except DeliveryError as error:
            breaker.failed(clock.monotonic(), probe=probe)
            return error
        except Exception:
            log.exception("%s could not be sent", ready.outgoing.id)
            return DeliveryError(OUR_FAULT, final=True)
        del self._breakers[target_id]
        return note

    def _settle(self, outgoing: Outgoing, outcome: str | DeliveryError) -> None:
        now_ms = self._now_ms()
        if isinstance(outcome, str):
            self._outbox.delivered(outgoing, now_ms, outcome)
            return
        at_ms = next_try_ms(
            outgoing.attempts, now_ms, outgoing.until_ms, self._rng, outcome.asked_s
        )
        if at_ms is not None and not outcome.final:
            self._outbox.postponed(outgoing, str(outcome), at_ms)
            return
        level = logging.INFO if outgoing.kind is Kind.TEST else logging.WARNING
        log.log(level, "%s to %s is given up: %s", outgoing.id, outgoing.target_id, outcome)
        self._outbox.failed(outgoing, str(outcome))
        if outcome.gone:
            self._outbox.switch_off(outgoing.target_id)

    async def _keep_at(self, write: Callable[[], None]) -> None:
        """What became of it is written down however long the database is away: else it would be sent again."""
        while True:
            try:
                return await asyncio.to_thread(write)
            except UnavailableError:
                await asyncio.sleep(RETRY_S)
