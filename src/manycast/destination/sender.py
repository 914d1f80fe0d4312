"""One destination as a state machine: media and news of its connection in, what to do about it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from manycast.destination.attempts import HELD_MS, STEADY_MS, Attempts
from manycast.destination.backlog import CONFIGS, Backlog, Item
from manycast.destination.meter import Meter
from manycast.model.destinations import SendingState
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame
from manycast.settings.destinations import DestinationsSettings


GOODBYE_MS: Final = 2000
"""For what still waits when the stream ends, before the place is told so."""
BATCH_BYTES: Final = 65_536
"""Handed over at once at most, after which it can no longer be left out; a larger frame goes alone."""

SLOW_MS: Final = 10_000
"""A way that was too slow is spoken of for so long."""
SILENT: Final = (
    "It did not answer within {}: check the address, and whether a firewall is in the way."
)
STUCK: Final = "It took nothing for {}: the network there, or the place itself, has stalled."
SLOW: Final = "The way there is too slow for this bitrate: send a smaller rendition."


class Timed(NamedTuple):
    """An item with its time in the connection's own count, which starts at 0."""

    item: Item
    time_ms: int


@dataclass(frozen=True, slots=True)
class Open:
    """Make a connection, for media like these."""

    video: VideoConfig
    audio: AudioConfig


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection."""

    goodbye: bool
    """The stream is over, or goes elsewhere; otherwise it is only cut."""


Command = Open | Close


class Sender:
    """Times are wall-clock milliseconds, as the media timeline's are."""

    def __init__(self, settings: DestinationsSettings, now_ms: int) -> None:
        self.state = SendingState.WAITING
        self.since_ms = now_ms
        self.reason = ""
        self.reconnects = 0
        self.slate = False
        self._settings = settings
        self._attempts = Attempts(settings)
        self._backlog = Backlog(settings.queue_ms)
        self._meter = Meter()
        self._retry_ms = 0
        self._taken_ms: int | None = None
        """When the place took the stream last, of those connections that held for a while."""
        self._moved_ms = now_ms
        """When the connection last had room."""
        self._behind_ms: int | None = None
        self._base_ms: int | None = None
        self._last_ms = [-1, -1]
        self._interrupted = False
        self._ending_ms: int | None = None
        self._key = b""
        self._codecs: tuple[str, str] = ("", "")
        self._dropped = 0
        self._dropped_ms: int | None = None

    # What happens to the stream

    def media(self, items: Sequence[Item], now_ms: int) -> list[Command]:
        """Take what the stream brings, on the media timeline."""
        commands: list[Command] = [] if self._ending_ms is None else self._end(now_ms)
        for item in items:
            if isinstance(item, CONFIGS):
                self._backlog.configure(item)
            else:
                self._watch(item)
                self._backlog.push(item)
        if self._backlog.dropped != self._dropped:
            self._dropped, self._dropped_ms = self._backlog.dropped, now_ms
        return commands + self._reopen_for_codecs(now_ms) + self._open_if_due(now_ms)

    def over(self, now_ms: int) -> list[Command]:
        """The stream ended: what waits is still sent, then the place is told."""
        if self.state is SendingState.SENDING:
            self._ending_ms = self._ending_ms or now_ms
            return self._end_if_done(now_ms)
        return self._end(now_ms)

    def change(self, now_ms: int) -> list[Command]:
        """The place, its key or a person's wish to try again is new: begin with it at once."""
        if self._ending_ms is not None:
            return self._end(now_ms)  # what waits is of a stream that is over
        commands = self._end(now_ms, keep=True)
        return commands + self._open_if_due(now_ms)

    def fail(self, reason: str, now_ms: int) -> list[Command]:
        """Nothing can be sent until a person changes something."""
        commands = self._end(now_ms)
        self._turn(SendingState.FAILED, now_ms, reason)
        return commands

    def stop(self, now_ms: int) -> list[Command]:
        return self.over(now_ms)

    # What happens to the connection

    def opened(self, now_ms: int) -> None:
        if self.state is not SendingState.CONNECTING:
            return
        self._turn(SendingState.SENDING, now_ms, "")
        self.reconnects += self._interrupted
        self._interrupted = False
        self._moved_ms = now_ms
        self._base_ms = None
        self._last_ms = [-1, -1]
        self._backlog.start()

    def lost(self, reason: str, now_ms: int, dice: float, *, refused: bool = False) -> None:
        """The connection failed, or could not be made."""
        if self.state is SendingState.SENDING and now_ms - self.since_ms >= STEADY_MS:
            self._attempts.forget()
            self._taken_ms = now_ms
        if self.state not in {SendingState.SENDING, SendingState.CONNECTING}:
            return
        self._quiet()
        if self._ending_ms is not None:
            self._end(now_ms)
            return
        self._interrupted = True
        held = self._taken_ms is not None and now_ms - self._taken_ms < HELD_MS
        wait_ms = self._attempts.failed(refused=refused and not held, dice=dice)
        if wait_ms is None:
            self._turn(SendingState.FAILED, now_ms, reason)
        else:
            self._retry_ms = now_ms + wait_ms
            self._turn(SendingState.RETRYING, now_ms, reason)

    def tick(self, now_ms: int, dice: float) -> list[Command]:
        """To be called several times a second, after ``next`` where the connection has room."""
        match self.state:
            case SendingState.RETRYING | SendingState.WAITING:
                return self._open_if_due(now_ms)
            case SendingState.CONNECTING if now_ms - self.since_ms > self._settings.connect_ms:
                return self._give_up(SILENT, self._settings.connect_ms, now_ms, dice)
            case SendingState.SENDING if self._ending_ms is not None:
                return self._end_if_done(now_ms)
            case SendingState.SENDING if now_ms - self._moved_ms > self._settings.stuck_ms:
                return self._give_up(STUCK, self._settings.stuck_ms, now_ms, dice)
            case _:
                return []

    def _give_up(self, what: str, limit_ms: int, now_ms: int, dice: float) -> list[Command]:
        self.lost(what.format(f"{limit_ms / 1000:g} s"), now_ms, dice)
        return [Close(goodbye=False)]

    # What to send

    def next(self, now_ms: int) -> list[Timed]:
        """A batch for a connection that has room; empty when nothing waits."""
        batch: list[Timed] = []
        size = 0
        while self.state is SendingState.SENDING and size < BATCH_BYTES:
            item = self._backlog.pop()
            if item is None:
                break
            placed = self._place(item, now_ms)
            if placed is not None:
                batch.append(placed)
                size += len(item.record if isinstance(item, CONFIGS) else item.data)
        self._moved_ms = now_ms
        return batch

    def _place(self, item: Item, now_ms: int) -> Timed | None:
        """In the connection's own time, where each frame of a track comes after the one before it."""
        if isinstance(item, CONFIGS):
            return Timed(item, max(0, *self._last_ms))
        if self._base_ms is None:
            self._base_ms = item.dts_ms
        track = isinstance(item, AudioFrame)
        time_ms = max(item.dts_ms - self._base_ms, self._last_ms[track] + 1)
        self._last_ms[track] = time_ms
        self._behind_ms = max(0, now_ms - item.dts_ms)
        self._meter.add(item, now_ms)
        return Timed(item, time_ms)

    # Figures

    @property
    def steady(self) -> bool:
        """Nothing but the stream's own media makes it do something soon."""
        return self.state is SendingState.SENDING and self._ending_ms is None

    @property
    def dropped(self) -> int:
        return self._backlog.dropped

    def trouble(self, now_ms: int) -> str:
        """Why nothing is sent, or not everything, for people."""
        slow = self._dropped_ms is not None and now_ms - self._dropped_ms < SLOW_MS
        return self.reason or (SLOW if slow and self.state is SendingState.SENDING else "")

    def behind_ms(self, now_ms: int) -> int | None:
        """Of what was handed over last, or of the oldest that waits for longer."""
        if self.state is not SendingState.SENDING:
            return None
        oldest_ms = self._backlog.oldest_ms
        waits_ms = 0 if oldest_ms is None else now_ms - oldest_ms
        return max(self._behind_ms or 0, waits_ms)

    def rates(self, now_ms: int) -> tuple[int, int, float]:
        """Bits per second of video and of audio, frames per second."""
        return self._meter.rates(now_ms)

    # Within

    def _watch(self, frame: VideoFrame | AudioFrame) -> None:
        """A slate is one keyframe again and again; two keyframes of an encoder differ in their ids at least."""
        if isinstance(frame, VideoFrame):
            self.slate = frame.key and frame.data == self._key
            self._key = frame.data if frame.key else b""

    def _reopen_for_codecs(self, now_ms: int) -> list[Command]:
        """A codec is agreed on when connecting; other sizes and rates are only told."""
        configs = self._backlog.configs
        if configs is None:
            return []
        codecs = (configs[0].codec.value, configs[1].codec.value)
        known, self._codecs = self._codecs, codecs
        under_way = self.state in {SendingState.SENDING, SendingState.CONNECTING}
        return self._end(now_ms, keep=True) if under_way and known != codecs else []

    def _open_if_due(self, now_ms: int) -> list[Command]:
        waiting = self.state is SendingState.WAITING or (
            self.state is SendingState.RETRYING and now_ms >= self._retry_ms
        )
        configs = self._backlog.configs
        if not waiting or configs is None or not self._backlog.ready:
            return []
        self._turn(SendingState.CONNECTING, now_ms, self.reason)
        return [Open(*configs)]

    def _end_if_done(self, now_ms: int) -> list[Command]:
        assert self._ending_ms is not None
        late = now_ms - self._ending_ms >= GOODBYE_MS
        return self._end(now_ms) if late or self._backlog.empty else []

    def _end(self, now_ms: int, *, keep: bool = False) -> list[Command]:
        """Back to the beginning; ``keep`` what was taken of the stream, for the next connection."""
        state = self.state
        self._ending_ms = None
        self._interrupted = False
        self._taken_ms = None
        self._attempts.forget()
        self._quiet()
        if not keep:
            self._backlog.clear()
            self.slate = False
        self._turn(SendingState.WAITING, now_ms, "")
        if state is SendingState.SENDING:
            return [Close(goodbye=True)]
        return [Close(goodbye=False)] if state is SendingState.CONNECTING else []

    def _quiet(self) -> None:
        self._backlog.stop()
        self._meter.clear()
        self._behind_ms = None

    def _turn(self, state: SendingState, now_ms: int, reason: str) -> None:
        if state is not self.state:
            self.since_ms = now_ms
        self.state = state
        self.reason = reason
