"""The process of one destination: follows its orders, reads the feed, keeps a way open, tells how it goes."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from manycast.destination.choice import Choice, Status, choose, read_status
from manycast.destination.sender import Close, Command, Open, Sender
from manycast.destination.splice import Splice
from manycast.media.cmaf_reader import Item
from manycast.model.destinations import DestinationReport, SendingState
from manycast.model.refusals import RefusedError
from manycast.model.sending import Order
from manycast.runtime.clock import wall_ms
from manycast.runtime.destination import feed
from manycast.runtime.destination.feed import FeedError
from manycast.runtime.destination.way import ROOM_BYTES, Way
from manycast.runtime.destination.ways import way_to
from manycast.settings.destinations import DestinationsSettings


log = logging.getLogger("manycast.destination")

TICK_S: Final = 0.1
LOOK_S: Final = 0.5
"""Between two looks for a stream that is not there."""
FEED_GRACE_MS: Final = 3000
"""A feed may be away before the place is told that the stream is over: an origin's listener breathes."""
GOODBYE_S: Final = 4.0
"""For all that is left to say when this process has to stop."""
OVER: Final = frozenset({"ended", "offline"})

Tell = Callable[[DestinationReport], None]


class Worker:
    """One at a time: ``order`` before ``run``."""

    def __init__(
        self, order: Order, settings: DestinationsSettings, tell: Tell, dice: Random
    ) -> None:
        self._order = order
        self._settings = settings
        self._tell = tell
        self._dice = dice
        self._sender = Sender(settings, wall_ms())
        self._splice = Splice()
        self._choice: Choice | None = None
        self._way: Way | None = None
        self._sent_bytes = 0
        """Over ways that are gone."""
        self._heard_ms: int | None = None
        """When the feed brought something last; None while no stream is on."""
        self._told: tuple[object, ...] = ()
        self._reading: asyncio.Task[None] | None = None
        self._tasks = asyncio.TaskGroup()
        self._drives: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``; then say goodbye."""
        async with self._tasks:
            own = [self._tasks.create_task(work) for work in (self._tick(), self._report())]
            self._read()
            await stop.wait()
            await self._leave()
            for task in own:
                task.cancel()
        self._tell(replace(self.report(), state=SendingState.STOPPED))

    def order(self, order: Order) -> None:
        """Go on with another rendition, key or place."""
        before, self._order = self._order, order
        was, grant = before.grant, order.grant
        if (was.url, was.key, was.attempt) != (grant.url, grant.key, grant.attempt):
            self._obey(self._sender.change(wall_ms()))
        if self._choice_depends_on(before) != self._choice_depends_on(order):
            self._read()

    @staticmethod
    def _choice_depends_on(order: Order) -> tuple[object, ...]:
        grant = order.grant
        return order.feed, order.token, grant.rendition, grant.encode, grant.limits

    # The feed

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self._tasks.create_task(self._follow_feed())

    async def _follow_feed(self) -> None:
        while True:
            try:
                status = read_status(await feed.status(self._order.feed, self._order.token))
                await self._follow_stream(status)
            except (FeedError, ValueError) as error:
                log.info("%s", error)
            await asyncio.sleep(LOOK_S)

    async def _follow_stream(self, status: Status) -> None:
        """Returns when the stream has to be looked at again."""
        if status.state in OVER:
            self._stream_is_over()
            return
        self._choice = choose(status.renditions, self._order.grant)
        if self._choice is not None:
            order = self._order
            self._splice.begin(self._choice.rendition)
            await feed.frames(order.feed, self._choice.rendition, order.token, self._take)

    def _take(self, items: list[Item]) -> None:
        now_ms = self._heard_ms = wall_ms()
        self._obey(self._sender.media(self._splice.take(items), now_ms))
        self._pump()

    def _stream_is_over(self) -> None:
        if self._heard_ms is not None:
            self._heard_ms = None
            self._obey(self._sender.over(wall_ms()))

    # The way

    def _obey(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Open():
                    self._open(command)
                case Close(goodbye):
                    self._close(goodbye=goodbye)

    def _open(self, wanted: Open) -> None:
        try:
            way = way_to(self._order.grant, wanted.video, wanted.audio, self._settings)
        except (ValueError, OSError) as error:
            self._obey(self._sender.fail(f"{self._order.grant.name}: {error}", wall_ms()))
            return
        self._way = way
        drive = self._tasks.create_task(self._drive(way))
        self._drives.add(drive)
        drive.add_done_callback(self._drives.discard)

    def _close(self, *, goodbye: bool) -> None:
        way, self._way = self._way, None
        if way is not None:
            self._sent_bytes += way.sent_bytes
            way.close(goodbye=goodbye)

    async def _drive(self, way: Way) -> None:
        """One connection, from its beginning to its end."""

        def opened() -> None:
            if self._way is way:
                self._sender.opened(wall_ms())
                self._pump()

        refused = False
        reason = "it ended the connection"
        try:
            await way.run(opened, self._pump)
        except RefusedError as error:
            refused, reason = True, f"it refused the stream: {error}"
        except OSError as error:
            reason = str(error)
        if self._way is way:
            self._way = None
            self._sent_bytes += way.sent_bytes
            log.warning("%s: %s", self._order.grant.name, reason)
            self._sender.lost(
                f"{self._order.grant.name}: {reason}",
                wall_ms(),
                self._dice.random(),
                refused=refused,
            )

    def _pump(self) -> None:
        way = self._way
        while way is not None and way.waiting_bytes <= ROOM_BYTES:
            batch = self._sender.next(wall_ms())
            if not batch:
                return
            way.send(batch)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now_ms = wall_ms()
            if self._heard_ms is not None and now_ms - self._heard_ms > FEED_GRACE_MS:
                self._stream_is_over()
            self._pump()
            self._obey(self._sender.tick(now_ms, self._dice.random()))
            news = (self._sender.state, self._sender.reason, self._sender.slate, self._choice)
            if news != self._told:
                self._told = news
                self._tell(self.report())

    async def _leave(self) -> None:
        """What waits is sent, the place is told; but not for longer than the origin waits for this process."""
        if self._reading is not None:
            self._reading.cancel()
        self._obey(self._sender.over(wall_ms()))
        if self._drives:
            await asyncio.wait(self._drives, timeout=GOODBYE_S)
        for drive in self._drives:
            drive.cancel()

    # Reports

    async def _report(self) -> None:
        while True:
            self._tell(self.report())
            await asyncio.sleep(self._settings.report_ms / 1000)

    def report(self) -> DestinationReport:
        sender, way, choice, now_ms = self._sender, self._way, self._choice, wall_ms()
        video_bps, audio_bps, frame_rate = sender.rates(now_ms)
        return DestinationReport(
            id=self._order.grant.id,
            state=sender.state,
            since_ms=sender.since_ms,
            reason=sender.reason or (choice.reason if choice else ""),
            rendition="" if choice is None else "own" if choice.encode else choice.rendition,
            video_bps=video_bps,
            audio_bps=audio_bps,
            frame_rate=frame_rate,
            sent_bytes=self._sent_bytes + (way.sent_bytes if way else 0),
            dropped_frames=sender.dropped,
            round_trip_ms=way.round_trip_ms if way else None,
            reconnects=sender.reconnects,
            behind_ms=sender.behind_ms(now_ms),
            slate=sender.slate,
        )
