"""What streams are sent on to: a process each, as the grants and what is on the air demand."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from manycast.model.destinations import DestinationReport
from manycast.model.fleet import ChannelGrant
from manycast.model.sending import Order
from manycast.origin.sending import Wanted, seated, wanted
from manycast.origin.session import State
from manycast.runtime.origin.sending import Means, Sending


if TYPE_CHECKING:
    from manycast.runtime.reporting import Changed


log = logging.getLogger("manycast.destinations")

STOPPED_KEPT = 64
"""Destinations without a process that are still reported of: a stream that never ends may have had any number."""

_CARRIED = {State.LIVE, State.RECONNECTING}


class Destinations:
    def __init__(self, means: Means, feed: str, limit: int) -> None:
        """``feed`` is the URL of all streams, ending with a slash; ``limit``: how many processes there may be."""
        self.changed: Changed = lambda: None
        """Called when people wait to see what changed."""
        self._feed = feed
        self._limit = limit
        self._means = means
        self._sendings: dict[str, Sending] = {}
        """By the destinations' ids: of streams that are listed, until those are forgotten."""
        self._known: tuple[object, ...] = ()
        self._wanted: dict[str, Wanted] = {}

    def follow(self, channels: tuple[ChannelGrant, ...], streams: Mapping[str, State]) -> None:
        """Do as the grants say for the streams that are on the air or just ended; to be called all the time."""
        try:
            self._follow(channels, streams)
        except Exception:
            log.exception("destinations: a fault in manycast itself; please report it")

    def reports(self, stream: str) -> tuple[DestinationReport, ...]:
        """Of what the stream is sent on to, or was until it was stopped."""
        return tuple(one.ledger.report for one in self if one.stream == stream)

    def __iter__(self) -> Iterator[Sending]:
        return iter(self._sendings.values())

    @property
    def running(self) -> int:
        return sum(one.running for one in self)

    async def stop(self) -> None:
        """Have every process say goodbye; returns when all are gone."""
        async with asyncio.TaskGroup() as group:
            for one in self:
                group.create_task(one.end())

    def _changed(self) -> None:
        self.changed()

    def _follow(self, channels: tuple[ChannelGrant, ...], streams: Mapping[str, State]) -> None:
        known = (channels, *streams.items())
        if known != self._known:
            self._known = known
            carried = {name for name, state in streams.items() if state in _CARRIED}
            self._wanted = wanted(channels, carried)
        for name, one in list(self._sendings.items()):
            if name not in self._wanted:
                one.release(over=streams.get(one.stream) is State.ENDED)
                if one.stream not in streams and not one.running:
                    del self._sendings[name]
        self._forget()
        self._send()

    def _forget(self) -> None:
        """The oldest of those that are not wanted any more."""
        gone = [
            name
            for name, one in self._sendings.items()
            if name not in self._wanted and not one.running
        ]
        for name in gone[:-STOPPED_KEPT]:
            del self._sendings[name]

    def _send(self) -> None:
        running = [name for name, one in self._sendings.items() if one.running]
        seats = seated(self._wanted, running, self._limit)
        for name, one in self._wanted.items():
            order = Order(stream=one.stream, feed=f"{self._feed}{one.stream}/", grant=one.grant)
            sending = self._sendings.get(name)
            if sending is None:
                sending = self._sendings[name] = Sending(self._means, order, self._changed)
            if name in seats:
                sending.send(order)
            else:
                sending.refuse(_full(self._limit))


def _full(limit: int) -> str:
    return (
        f"This origin sends to {limit} places at once (destinations.running_max):"
        " stop another one, or raise the setting."
    )
