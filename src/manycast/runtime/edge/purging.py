"""Applies purges on this node, tells its other workers, and answers lower nodes that follow."""

import asyncio
import json
from collections.abc import Callable, Sequence

from manycast.edge.engine import Engine
from manycast.edge.orders import row
from manycast.edge.purge import Purge
from manycast.runtime.edge.journal import JournalFile
from manycast.runtime.http.exchange import Exchange
from manycast.settings.guard import GuardSettings


Spread = Callable[[Sequence[Purge], Callable[[], None]], None]
"""Has every other worker ``apply`` these purges, then calls back; given by who starts the workers."""

JOURNAL = (
    (b"content-type", b"application/vnd.manycast.purges+json"),
    (b"cache-control", b"no-store"),
)


class Purging:
    def __init__(self, engine: Engine, settings: GuardSettings, file: JournalFile | None) -> None:
        self.spread: Spread | None = None
        self.applied: Callable[[], None] = lambda: None
        """Called when the engine knows of purges, for what it does not reach itself."""
        self._engine = engine
        self._journal = engine.purges
        self._settings = settings
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._followers: dict[Exchange, tuple[int, asyncio.TimerHandle]] = {}

    def order(self, purges: Sequence[Purge], done: Callable[[], None]) -> None:
        """Apply on every worker; ``done`` once none can answer with what was purged.

        Applied twice where there are several: a worker that was told first may meanwhile have fetched
        from one that had not been told.
        """
        self.apply(purges)
        spread = self.spread
        if spread is None:
            done()
            return

        def again() -> None:
            self.apply(purges)
            assert spread is not None, "checked above"
            spread(purges, done)

        spread(purges, again)

    def apply(self, purges: Sequence[Purge]) -> None:
        """On this worker alone."""
        numbered = [(self._engine.purge(purge), purge) for purge in purges]
        if self._file is not None:
            self._file.add(numbered)
        self.applied()
        for follower, (after, timer) in list(self._followers.items()):
            timer.cancel()
            self._tell(follower, after)

    def followed(self, parent: str) -> int | None:
        """How far this parent's journal was followed before."""
        return None if self._file is None else self._file.parents.get(parent)

    def follow(self, parent: str, sequence: int) -> None:
        if self._file is not None:
            self._file.follow(parent, sequence)

    # Lower nodes.

    def ask(self, exchange: Exchange, after: int | None) -> None:
        """Tell the purges after a number, as soon as there are any."""
        if after is None:
            after = self._journal.sequence
        elif after == self._journal.sequence and self._room():
            timer = self._loop.call_later(
                self._settings.follow_hold_s, lambda: self._tell(exchange, after)
            )
            self._followers[exchange] = (after, timer)
            exchange.on_closed(lambda: self._left(exchange))
            return
        self._tell(exchange, after)

    def drain(self) -> None:
        """Answer those who wait: the node is about to stop."""
        for follower, (after, timer) in list(self._followers.items()):
            timer.cancel()
            self._tell(follower, after)
        if self._file is not None:
            self._file.close()

    def _room(self) -> bool:
        return len(self._followers) < self._settings.followers_max

    def _tell(self, exchange: Exchange, after: int) -> None:
        self._followers.pop(exchange, None)
        news = self._journal.after(after, self._settings.follow_page)
        told = {
            "sequence": news[-1][0] if news else self._journal.sequence,
            "purges": None if news is None else [row(*one) for one in news],
        }
        exchange.send(200, JOURNAL, json.dumps(told).encode())

    def _left(self, exchange: Exchange) -> None:
        _, timer = self._followers.pop(exchange)
        timer.cancel()
