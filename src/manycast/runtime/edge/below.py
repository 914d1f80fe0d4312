"""The layers below memory at work for a node: its disk, and what it shares with other nodes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from manycast.edge.commands import LookUp, Recall, SendFile
from manycast.edge.layers import LayerCounters, Loaded, Order, Share
from manycast.edge.lower import Lower
from manycast.runtime.disk.disk import Disk, OpenBody, disk_at
from manycast.runtime.disk.folder import TakenError
from manycast.runtime.edge.metrics import Latencies, plain
from manycast.runtime.edge.place import Place
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.sendfile import TURN_BYTES
from manycast.runtime.valkey.shared import Shared, values_at
from manycast.settings.disk import DiskSettings
from manycast.settings.shared import SharedSettings


_LOG = logging.getLogger(__name__)
_TAKEN_S = 1.0
"""Seconds between attempts to have a directory that another process has: it ends soon, if it hands over."""
Found = Callable[[bytes, Loaded | None], None]
Outcome = Callable[[SendFile], None]


class Below:
    """Neither layer needs to be there, and the disk may come later."""

    def __init__(self) -> None:
        self.disk: Disk | None = None
        self.shared: Shared | None = None
        self.lower = Lower()
        """What the engine knows of these layers."""
        self.disk_seconds = Latencies()
        self.shared_seconds = Latencies()
        self.purged = 0
        """Sequence of the journal of purges that the shared layer was told of."""
        self._loop = asyncio.get_running_loop()

    def rest_on(self, disk: Disk) -> None:
        self.disk = disk
        self.lower.rest_on(disk.layers)

    def share(self, shared: Shared) -> None:
        """Before the first request."""
        self.shared = shared
        self.lower.shared = True

    def search(self, search: Recall | LookUp, found: Found) -> None:
        """``found`` is called later, from the loop."""
        done = partial(found, search.key)
        match search:
            case Recall(place=place):
                assert self.disk is not None, "it was found on the disk"
                self.disk.load(place, done)
            case LookUp(key=key):
                assert self.shared is not None, "the engine knows that it is there"
                if not self.shared.get(key, done):
                    self._loop.call_soon(done, None)

    def send(self, send: SendFile, begins: Outcome, unsent: Outcome) -> None:
        """``begins`` is called right before, or ``unsent``, later, when the file is not what it should be."""
        exchange, disk = send.waiter, self.disk
        assert isinstance(exchange, Exchange)
        assert disk is not None, "it was found on the disk"
        first = min(send.size, TURN_BYTES)

        def opened(body: OpenBody | None) -> None:
            if exchange.closed:
                return
            if body is None:
                unsent(send)
            else:
                begins(send)
                exchange.send_file(send.start, body, send.at, send.size)

        if exchange.request.method == "HEAD":
            begins(send)
            exchange.send_prepared(send.start, ())
        elif (body := disk.hot(send.place, send.at, first)) is not None:
            opened(body)
        else:
            disk.open(send.place, send.at, first, opened)

    def perform(self, orders: Iterable[Order | Share], sequence: int) -> None:
        """``sequence`` is the journal's of purges."""
        shared = self.shared
        if shared is not None and sequence != self.purged:
            shared.purged()
            self.purged = sequence
        for order in orders:
            if isinstance(order, Share):
                assert shared is not None, "the engine knows that it is there"
                shared.put(order.key, order.head, order.times, order.body)
            elif self.disk is not None:
                self.disk.perform((order,))

    # Bodies that are written while they pass.

    def spools(self, fetch: int) -> bool:
        return self.disk is not None and self.disk.spools(fetch)

    def data(self, fetch: int, pieces: Sequence[bytes]) -> None:
        if self.disk is not None:
            self.disk.data(fetch, pieces)

    def ended(self, fetch: int) -> None:
        if self.disk is not None:
            self.disk.ended(fetch)

    def give_up(self, fetch: int) -> None:
        if self.disk is not None:
            self.disk.give_up(fetch)

    # Numbers.

    def metrics(self) -> list[str]:
        """As Prometheus text; nothing of a layer that is not there."""
        lines: list[str] = []
        disk, shared = self.disk, self.shared
        if disk is not None:
            layers = disk.layers
            lines += _counted("disk", layers.counters, self.disk_seconds)
            lines += plain(
                {
                    "manycast_edge_disk_objects": ("Objects on disk.", len(layers)),
                    "manycast_edge_disk_bytes": ("Bytes of them, as files.", layers.used_bytes),
                    "manycast_edge_disk_full": ("Whether writing pauses.", int(disk.full)),
                }
            )
        if shared is not None:
            lines += _counted("shared", shared.counters, self.shared_seconds)
            away = ("Whether it is not asked at the moment.", int(shared.away))
            lines += plain({"manycast_edge_shared_away": away})
        return lines


def _counted(layer: str, counters: LayerCounters, seconds: Latencies) -> list[str]:
    told = {
        "hits": ("Requests it answered.", counters.hits),
        "misses": ("Requests it had nothing for.", counters.misses),
        "saved": ("Objects put there.", counters.saved),
        "dropped": ("Objects that left for others, or were outdated.", counters.dropped),
        "refused": ("Objects not put there, and look-ups left out.", counters.refused),
        "promoted": ("Objects that moved back into memory.", counters.promoted),
        "errors": ("Operations that failed.", counters.errors),
        "damaged": ("Objects that were not what was put there; none was sent.", counters.damaged),
        "sent_bytes": ("Body bytes of its hits.", counters.bytes_sent),
    }
    lines = plain({f"manycast_edge_{layer}_{name}_total": value for name, value in told.items()})
    name = f"manycast_edge_{layer}_seconds"
    return [*lines, *seconds.lines(name, "Seconds of each read that a request waited for.", 0)]


@asynccontextmanager
async def layers_below(
    disk: DiskSettings, shared: SharedSettings, place: Place | None
) -> AsyncIterator[Below]:
    """Raises OSError, PolicyError and AbsentError, which are all the operator's to mend."""
    async with AsyncExitStack() as stack:
        below = Below()
        if shared.url:
            layer = Shared(values_at(shared), shared, below.shared_seconds.add)
            below.share(await stack.enter_async_context(layer))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        taking = None
        if disk.directory and not _take(below, disk, place):
            _LOG.warning("another process keeps its objects in %s; waiting for it", disk.directory)
            taking = tasks.create_task(_keep_trying(below, disk, place))
        try:
            yield below
        finally:
            if taking is not None:
                taking.cancel()
            if below.disk is not None:
                await below.disk.close()


def _take(below: Below, disk: DiskSettings, place: Place | None) -> bool:
    worker, workers = (0, 1) if place is None else (place.number, place.count)
    try:
        below.rest_on(disk_at(disk, below.disk_seconds.add, worker, workers))
    except TakenError:
        return False
    return True


async def _keep_trying(below: Below, disk: DiskSettings, place: Place | None) -> None:
    while True:
        await asyncio.sleep(_TAKEN_S)
        if _take(below, disk, place):
            return
