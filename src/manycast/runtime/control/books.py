"""Writes down what happened, and reads what origins must know: the way between the engines and the database."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy.orm import Session

from manycast.control.broadcasts import Broadcast
from manycast.control.events import Event, StreamEnded, StreamLive
from manycast.model.fleet import RecordingReport
from manycast.runtime.control.hub import Hub
from manycast.runtime.control.network import EVENTS_WAITING_MAX, Grants, Network
from manycast.runtime.store import broadcasts, channels, destinations, grants
from manycast.runtime.store.database import UnavailableError
from manycast.runtime.store.sealing import SealError
from manycast.runtime.store.store import Store


log = logging.getLogger("manycast.control")

LOOK_S = 0.25
"""Between two looks at what is to be written and at what has changed: a new key is good that much later."""
RETRY_S = 1.0
"""While the database does not answer; it has waited for ``state.wait_s`` itself by then."""

Take = Callable[[Session, Event, int], None]
"""Somebody who writes down their own of an event, in the same transaction; the number is the time in milliseconds."""


class Books:
    """``run`` until ``close``. What is not written yet is kept in memory, and told again by nodes after a restart."""

    def __init__(
        self, store: Store, network: Network, hub: Hub, takers: Sequence[Take] = ()
    ) -> None:
        self.trouble = ""
        """Why nothing is written just now; empty when all is well."""
        self._store = store
        self._network = network
        self._hub = hub
        self._takers = takers
        self._pending = deque[Event](maxlen=EVENTS_WAITING_MAX)
        self._revision: str | None = None
        self._closing = asyncio.Event()

    def close(self) -> None:
        """``run`` ends after it has written what there is."""
        self._closing.set()

    async def run(self) -> None:
        closing = False
        while not closing:
            closing = self._closing.is_set()
            wait_s = await self._try()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._closing.wait()

    async def _try(self) -> float:
        """Seconds until the next attempt."""
        try:
            await self.keep()
        except (UnavailableError, SealError) as error:
            if not self.trouble:
                log.warning("%s; what happens meanwhile is written down later", error)
            self.trouble = str(error)
            return RETRY_S
        if self.trouble:
            log.warning("the database is back")
        self.trouble = ""
        return LOOK_S

    async def keep(self) -> None:
        """Write down what waits, and read what has changed; raises UnavailableError or SealError."""
        try:
            await self._write_down()
        finally:  # who may publish is read also while nothing can be written
            told = await asyncio.to_thread(self._read)
            if told is not None:
                self._network.grant(told)
                self._hub.touch("channels")

    async def _write_down(self) -> None:
        network = self._network
        self._pending.extend(network.waiting)
        network.waiting.clear()
        recordings = dict(network.recordings)
        await asyncio.to_thread(self._note, recordings)
        network.noted(recordings)
        await asyncio.to_thread(self._write)

    def _note(self, recordings: dict[str, tuple[RecordingReport, ...]]) -> None:
        for origin, reports in recordings.items():
            with self._blamed(f"the recordings of {origin}"), self._store.record() as db:
                broadcasts.note_recordings(db, origin, reports)
            self._hub.touch("recordings")

    def _write(self) -> None:
        """Each by itself, oldest first."""
        while self._pending:
            event = self._pending[0]
            with self._blamed(repr(event)), self._store.record() as db:
                self._enter(db, event)
            self._pending.popleft()
            if isinstance(event, StreamLive | StreamEnded):
                self._hub.touch("broadcasts", channel=event.channel)

    @contextmanager
    def _blamed(self, what: str) -> Iterator[None]:
        """What one fault of our own keeps out of the books must not keep out the rest."""
        try:
            yield
        except UnavailableError:
            raise
        except Exception:
            log.exception("%s: left out by a fault in manycast itself; please report it", what)

    def _enter(self, db: Session, event: Event) -> None:
        match event:
            case StreamLive():
                broadcasts.begin(db, event.channel, event.since_ms, event.origin)
            case StreamEnded():
                broadcasts.end(
                    db, event.channel, event.since_ms, event.ended_ms, event.viewers_peak
                )
            case _:
                pass
        for take in self._takers:
            take(db, event, self._network.now_ms())

    def _read(self) -> Grants | None:
        """None: as before."""
        with self._store.read() as db:
            revision = grants.revision(db)
            if revision == self._revision:
                return None
            ids = channels.ids_by_name(db)
            told = Grants(
                grants.grants(db, self._store.secrets), tuple(ids.items()), destinations.known(db)
            )
            self._revision = revision
            return told


def remembered(store: Store) -> tuple[list[Broadcast], list[tuple[str, str]]]:
    """What the engines begin with: each channel's last broadcast, and recordings that are unfinished."""
    with store.read() as db:
        last = [
            Broadcast(
                channel=row.channel,
                since_ms=row.started_ms,
                origin=row.origin,
                open=row.ended_ms is None,
                viewers_peak=row.viewers_peak,
            )
            # An origin's clock may have been set back: then the open one is not the latest.
            for row in (*broadcasts.latest(db), *broadcasts.unended(db))
        ]
        return last, broadcasts.unfinished(db)
