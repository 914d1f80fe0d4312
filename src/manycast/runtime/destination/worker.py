"""The process of one destination: takes orders, keeps a way open for its source, tells how it goes."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Final

from manycast.destination.sender import Close, Command, Open, Sender
from manycast.media.cmaf_reader import Item
from manycast.model.destinations import DestinationReport, SendingState
from manycast.model.refusals import RefusedError
from manycast.model.sending import Order
from manycast.runtime.clock import wall_ms
from manycast.runtime.destination.source import Source
from manycast.runtime.destination.way import ROOM_BYTES, Way
from manycast.runtime.destination.ways import way_to
from manycast.settings.tree import Settings
from manycast.std.words import plain, without


log = logging.getLogger("manycast.destination")

TICK_S: Final = 0.1
STEADY_TICK_S: Final = 0.5
"""While all goes well: to wake up costs nearly as much as to send a picture."""
GOODBYE_S: Final = 4.0
"""For all that is left to say when this process has to stop."""

REASON_CHARACTERS_MAX: Final = 500
"""Of what a server says."""

Tell = Callable[[DestinationReport], None]


class Worker:
    def __init__(self, order: Order, settings: Settings, tell: Tell, dice: Random) -> None:
        self._order = order
        self._settings = settings
        self._tell = tell
        self._dice = dice
        self._source = Source(order, settings.ladder.ffmpeg, self._take, self._over)
        self._sender = Sender(settings.destinations, wall_ms())
        self._way: Way | None = None
        self._gone_bytes = 0
        """Sent over ways that are gone."""
        self._told: tuple[object, ...] = ()
        self._stirred = asyncio.Event()
        """Something changed that is to be told, or looked at closely from now on."""
        self._tasks = asyncio.TaskGroup()
        self._drives: dict[asyncio.Task[None], Way] = {}
        """Connections that are there still, the one that says goodbye included."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``; then say goodbye."""
        async with self._tasks:
            reading = self._tasks.create_task(self._source.run(stop))
            ticking = self._tasks.create_task(self._tick())
            await reading
            await self._leave()
            ticking.cancel()
        self._tell(replace(self.report(), state=SendingState.STOPPED))

    def order(self, order: Order) -> None:
        """Go on with another rendition, key or place."""
        before, self._order = self._order.grant, order
        grant = order.grant
        moved = (before.url, before.key) != (grant.url, grant.key)
        # Who wants it tried again wants no session ended that goes well, such as by "start all".
        urged = before.attempt != grant.attempt and self._sender.state is not SendingState.SENDING
        if moved or urged:
            self._obey(self._sender.change(wall_ms()))
        self._source.order(order)

    # The source

    def _take(self, items: list[Item]) -> None:
        self._obey(self._sender.media(items, wall_ms()))
        self._pump()
        if self._news() != self._told:
            self._stirred.set()

    def _over(self) -> None:
        self._obey(self._sender.over(wall_ms()))
        self._stirred.set()

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
            self._obey(self._sender.fail(self._sentence(error), wall_ms()))
            return
        self._way = way
        drive = self._tasks.create_task(self._drive(way))
        self._drives[drive] = way
        drive.add_done_callback(self._gone)

    def _gone(self, drive: asyncio.Task[None]) -> None:
        self._gone_bytes += self._drives.pop(drive).sent_bytes

    def _close(self, *, goodbye: bool) -> None:
        way, self._way = self._way, None
        for drive, driven in self._drives.items():
            if driven is way:
                way.close(goodbye=goodbye)
                if not goodbye:
                    drive.cancel()  # it may still be looking for the place

    async def _drive(self, way: Way) -> None:
        """One connection, from its beginning to its end."""

        def opened() -> None:
            if self._way is way:
                self._sender.opened(wall_ms())
                self._pump()
                self._stirred.set()

        error: Exception = OSError("it ended the connection")
        try:
            await way.run(opened, self._pump)
        except (RefusedError, OSError) as caught:
            error = caught
        if self._way is way:
            self._way = None
            self._lost(error)

    def _lost(self, error: Exception) -> None:
        refused = isinstance(error, RefusedError)
        reason = self._sentence(error)
        log.warning("%s: %s", self._order.grant.name, reason)
        self._sender.lost(reason, wall_ms(), self._dice.random(), refused=refused)
        self._stirred.set()

    def _pump(self) -> None:
        way = self._way
        while way is not None and way.waiting_bytes <= ROOM_BYTES:
            batch = self._sender.next(wall_ms())
            if not batch:
                return
            way.send(batch)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        report_s = self._settings.destinations.report_ms / 1000
        due_s = loop.time()
        while True:
            now_ms = wall_ms()
            self._source.tick(now_ms)
            self._pump()
            self._obey(self._sender.tick(now_ms, self._dice.random()))
            news = self._news()
            if news != self._told or loop.time() >= due_s:
                self._told = news
                self._tell(self.report())
                due_s = loop.time() + report_s
            await self._pause(min(report_s, STEADY_TICK_S if self._sender.steady else TICK_S))

    async def _pause(self, for_s: float) -> None:
        """Shorter when something happens."""
        self._stirred.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                await self._stirred.wait()

    def _news(self) -> tuple[object, ...]:
        """What is told at once."""
        sender = self._sender
        return sender.state, sender.reason, sender.slate, self._source.choice

    async def _leave(self) -> None:
        """What waits is sent, the place is told; but not for longer than the origin waits for this process."""
        self._obey(self._sender.over(wall_ms()))
        if self._drives:
            await asyncio.wait(self._drives, timeout=GOODBYE_S)
        for drive in self._drives:
            drive.cancel()

    # Reports

    def _sentence(self, error: Exception) -> str:
        """For people, who are not told what servers like to repeat: the key."""
        how = "it refused the stream: " if isinstance(error, RefusedError) else ""
        text = plain(without(self._order.grant.key, f"{how}{error}"), REASON_CHARACTERS_MAX)
        return f"{text[:1].upper()}{text[1:]}" + ("" if text[-1:] in {".", "?"} else ".")

    def _reason(self, now_ms: int) -> str:
        return self._sender.trouble(now_ms) or self._source.trouble

    def report(self) -> DestinationReport:
        sender, way, source, now_ms = self._sender, self._way, self._source, wall_ms()
        video_bps, audio_bps, frame_rate = sender.rates(now_ms)
        return DestinationReport(
            id=self._order.grant.id,
            state=sender.state,
            since_ms=sender.since_ms,
            reason=self._reason(now_ms),
            rendition=source.rendition,
            video_bps=video_bps,
            audio_bps=audio_bps,
            frame_rate=frame_rate,
            sent_bytes=self._gone_bytes + sum(one.sent_bytes for one in self._drives.values()),
            dropped_frames=sender.dropped,
            round_trip_ms=way.round_trip_ms if way else None,
            reconnects=sender.reconnects,
            behind_ms=sender.behind_ms(now_ms),
            slate=sender.slate,
        )
