"""Drives one session: performs what its engine says and brings it what happens."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from manycast.hls import multivariant
from manycast.hls.holds import Full, HintedPart, TimedOut
from manycast.hls.multivariant import Variant
from manycast.hls.reload import Now, Reject, Reload
from manycast.media.ladder import LadderPlan
from manycast.model.fleet import IngestHealth
from manycast.model.media import Media, VideoConfig, VideoFrame
from manycast.model.names import StreamName
from manycast.model.refusals import RefusedError
from manycast.origin.condition import Verdict, findings
from manycast.origin.ingest import IngestFigures, IngestMeter
from manycast.origin.rendition import Framed, Released, SegmentFinished
from manycast.origin.session import (
    LadderFeed,
    LadderStart,
    Note,
    Output,
    Planner,
    Session,
    State,
)
from manycast.origin.stage import Stage
from manycast.runtime.clock import SteadyWall, wall_ms
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.ffmpeg.transcoder import Transcoder, TranscoderStatistics
from manycast.runtime.http.exchange import Stream
from manycast.runtime.ingest import Caller
from manycast.runtime.origin.shelf import TAKE_FORMAT, Shelf
from manycast.runtime.recorder import FinishedSegment, Recorder
from manycast.settings.tree import Settings


log = logging.getLogger("manycast.origin")

FRAMES_BUFFERED_MAX = 16_000_000
"""Unsent bytes of one reader of single frames (an edge) before it is cut off to begin again."""

NOTES_KEPT = 8
"""Of what was said about a stream, the last ones."""

Outcome = Now | Reject | TimedOut | Full
Answer = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class World:
    """What every broadcast of this process shares."""

    settings: Settings
    clock: SteadyWall
    plan: Planner
    binary: Binary
    tasks: asyncio.TaskGroup
    recordings: Shelf


class Broadcast:
    """One stream on the air; a ``Publisher`` for each connection that feeds it."""

    def __init__(self, name: StreamName, world: World) -> None:
        self.name = name
        self.session = Session(
            world.settings.origin,
            world.settings.ladder.keyframe_interval_ms_max,
            world.plan,
            world.clock.now_ms(),
        )
        self.ended_ms: int | None = None
        self.cores = 0.0
        """What the ladder is expected to use, in CPU seconds per second."""
        self._world = world
        self._transcoder: Transcoder | None = None
        self._source: VideoConfig | None = None
        self._readers: dict[str, set[Stream]] = {}
        self._waiting: dict[int, Answer] = {}
        self._early: list[Callable[[bytes | None], None]] = []
        self._requests = 0
        self._recording = world.settings.recording.enabled
        self._recorder: Recorder | None = None
        self.notes: deque[str] = deque(maxlen=NOTES_KEPT)
        self.feeding: Take | None = None
        """The connection that feeds it."""

    # The boundary

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A fault of our own ends this broadcast and nobody else's."""
        try:
            yield
        except RefusedError:
            raise
        except Exception:
            log.exception("%s: ended by a fault in manycast itself; please report it", self.name)
            self._abandon()

    async def _task(self, work: Coroutine[None, None, None]) -> None:
        with self.alone():
            await work

    def _abandon(self) -> None:
        if self.ended_ms is None:
            self.session.abandon(self._world.clock.now_ms())
            self._finish()
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer(TimedOut())

    # Publishing

    def publish(self, caller: Caller, kicks: int) -> "Take":
        """Admit a connection; raises RefusedError."""
        number = self.session.open(self._world.clock.now_ms())
        log.info("%s: %s publishes", self.name, caller.peer)
        self.feeding = Take(self, number, caller, kicks, self._world.clock.now_ms())
        return self.feeding

    def media(self, take: "Take", item: Media) -> None:
        if isinstance(item, VideoConfig):
            self._source = item
        if self.ended_ms is None:
            now_ms = self._world.clock.now_ms()
            with self.alone():
                take.meter.see(item, now_ms)
                self.perform(self.session.media(take.number, item, now_ms))
        if self.ended_ms is not None:
            raise RefusedError("this stream has ended on the server; publish again")

    def lost(self, take: "Take", reason: str) -> None:
        log.info("%s: %s is gone: %s", self.name, take.caller.peer, reason)
        self._let_go(take)

    def health(self) -> IngestHealth | None:
        """How its publisher sends; None while there is none."""
        take = self.feeding
        if take is None:
            return None
        return take.health(
            self._world.clock.now_ms(), self._world.settings.ladder.keyframe_interval_ms_max
        )

    def figures(self) -> IngestFigures | None:
        """The same in numbers alone."""
        take = self.feeding
        return None if take is None else take.meter.figures(self._world.clock.now_ms())

    def dismiss(self, reason: str) -> None:
        """End the connection that feeds it, with its next frame; the stream waits for another."""
        take = self.feeding
        if take is not None:
            take.dismissed = reason
            self._let_go(take)

    def _let_go(self, take: "Take") -> None:
        if self.feeding is take:
            self.feeding = None
        with self.alone():
            self.session.lost(take.number, self._world.clock.now_ms())

    # Watching

    def tick(self) -> None:
        with self.alone():
            self.perform(self.session.handle_timer(self._world.clock.now_ms()))
            self._offer()

    def when_offered(self, answer: Callable[[bytes | None], None]) -> None:
        """Give the multivariant playlist as soon as there is one; None when the stream ends first."""
        self._early.append(answer)
        self._offer()

    def forget_early(self, answer: Callable[[bytes | None], None]) -> bool:
        """Take back a question that was not answered; False when it was."""
        if answer not in self._early:
            return False
        self._early.remove(answer)
        return True

    def ask(self, rendition: str, wanted: Reload | HintedPart, answer: Answer) -> int:
        """Call ``answer`` once, now or when the engine says so; returns the request's number."""
        self._requests += 1
        request = self._requests
        self._waiting[request] = answer
        stage = self.session.stages[rendition]
        with self.alone():
            self.perform(stage.rendition.ask(request, wanted, self._world.clock.now_ms() / 1000))
        return request

    def leave(self, rendition: str, request: int) -> None:
        """The client of a request went away."""
        if self._waiting.pop(request, None) is not None:
            stage = self.session.stages[rendition]
            stage.rendition.leave(request, self._world.clock.now_ms() / 1000)

    def read_frames(self, rendition: str, stream: Stream) -> None:
        """Send single frames from the last keyframe on."""
        stage = self.session.stages[rendition]
        readers = self._readers.setdefault(rendition, set())
        readers.add(stream)
        stream.on_closed(lambda: readers.discard(stream))
        stream.write([stage.rendition.init, *stage.rendition.tail])

    def variants(self) -> list[Variant]:
        """What players are offered; empty while some are still awaited."""
        return self._variants(self.session.offered(self._world.clock.now_ms()))

    def apart(self) -> list[Variant]:
        """What is cut for another kind of screen than the source: to be sent on, not for players to change to."""
        return self._variants([stage for stage in self.session.ready() if not stage.listed])

    def _variants(self, stages: list[Stage]) -> list[Variant]:
        audio = self.session.audio_config
        return [s.rendition.variant(s.video, audio) for s in stages if s.video is not None]

    @property
    def readers(self) -> int:
        """Who reads single frames now."""
        return sum(map(len, self._readers.values()))

    @property
    def encoder(self) -> TranscoderStatistics | None:
        """What the ladder's encoder has done; None while there is none."""
        return None if self._transcoder is None else self._transcoder.statistics()

    # Performing

    def perform(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            match output:
                case LadderFeed(item):
                    self._feed(item)
                case Framed():
                    self._frame(output)
                case Released(_, settled):
                    answer = self._waiting.pop(settled.request, None)
                    if answer is not None:
                        answer(settled.outcome)
                case SegmentFinished():
                    self._record(output)
                case LadderStart(plan):
                    self._encode(plan)
                case Note(text):
                    self.note(text)
        if self.session.state is State.ENDED and self.ended_ms is None:
            self._finish()

    def stop(self) -> None:
        """End the stream now: the role is shutting down."""
        with self.alone():
            self.perform(self.session.end(self._world.clock.now_ms()))

    def _offer(self) -> None:
        if not self._early:
            return
        variants = self.variants()
        ended = self.session.state is State.ENDED
        if variants or ended:
            text = multivariant.text(variants).encode() if variants else None
            waiting, self._early = self._early, []
            for answer in waiting:
                answer(text)

    def _encode(self, plan: LadderPlan) -> None:
        assert self._source is not None
        self._stop_encoder()
        transcoder = Transcoder(self._world.binary, plan, self._source, self._encoded, self.note)
        self._transcoder = transcoder
        self.cores = plan.cores
        self._world.tasks.create_task(self._task(transcoder.run()))

    def _feed(self, item: VideoConfig | VideoFrame) -> None:
        if self._transcoder is not None:
            self._transcoder.feed(item)

    def _encoded(self, rung: str, item: VideoConfig | VideoFrame) -> None:
        with self.alone():
            self.perform(self.session.encoded(rung, item, self._world.clock.now_ms()))

    def note(self, text: str) -> None:
        """Say what an operator should know, in the log and in reports."""
        log.warning("%s: %s", self.name, text)
        if text not in self.notes:
            self.notes.append(text)

    def _frame(self, framed: Framed) -> None:
        for stream in list(self._readers.get(framed.rendition, ())):
            if framed.init is not None:
                stream.end()
                self._readers[framed.rendition].discard(stream)
            elif stream.buffered > FRAMES_BUFFERED_MAX:
                stream.abort()
                self._readers[framed.rendition].discard(stream)
            else:
                stream.write(framed.chunks)

    def _record(self, segment: SegmentFinished) -> None:
        lead = self.session.lead
        if not self._recording or lead is None or segment.rendition != lead.rendition.name:
            return
        if self._recorder is None:
            assert self.session.rules is not None
            self._recorder = Recorder(
                self._world.recordings.root / self.name,
                self._world.settings.recording,
                _take_name,
                self.session.rules.target_duration_s,
                self._world.recordings.look,
            )
            self._world.tasks.create_task(self._task(self._recorder.run()))
        self._recorder.add(
            FinishedSegment(
                segment.init,
                segment.chunks,
                segment.duration_ms,
                segment.program_date_ms,
                segment.discontinuity,
            )
        )

    def record(self, *, wanted: bool) -> None:
        """From the next segment on, or no more."""
        self._recording = wanted
        if not wanted and self._recorder is not None:
            self._recorder.finish()
            self._recorder = None

    @property
    def recorder(self) -> Recorder | None:
        """At work while it should be; none before the first segment."""
        return self._recorder

    def _stop_encoder(self) -> None:
        if self._transcoder is not None:
            self._transcoder.finish()
            self._transcoder = None
            self.cores = 0.0

    def _finish(self) -> None:
        log.info("%s: ended", self.name)
        self.ended_ms = self._world.clock.now_ms()
        self._stop_encoder()
        if self._recorder is not None:
            self._recorder.finish()
        for readers in self._readers.values():
            for stream in list(readers):
                stream.end()
            readers.clear()
        self._offer()


class Take:
    """One publishing connection of a broadcast."""

    def __init__(
        self, broadcast: Broadcast, number: int, caller: Caller, kicks: int, now_ms: int
    ) -> None:
        self.number = number
        self.caller = caller
        self.kicks = kicks
        """How often the channel's publisher had been disconnected when this one came."""
        self.dismissed = ""
        """Why nothing more is taken from it."""
        self.meter = IngestMeter(now_ms)
        self._verdict = Verdict()
        self._broadcast = broadcast

    def health(self, now_ms: int, keyframe_ms_max: int) -> IngestHealth:
        figures = self.meter.figures(now_ms)
        self._verdict.follow(findings(figures, keyframe_ms_max), now_ms)
        return IngestHealth(
            condition=self._verdict.condition,
            reasons=self._verdict.reasons,
            protocol=self.caller.protocol,
            peer=self.caller.peer,
            video_bps=figures.video_bps,
            audio_bps=figures.audio_bps,
            frame_rate=figures.frame_rate,
            keyframe_interval_ms=figures.keyframe_interval_ms,
            behind_ms=figures.behind_ms,
            dropped_frames=figures.dropped_frames,
        )

    def media(self, item: Media) -> None:
        if self.dismissed:
            raise RefusedError(self.dismissed)
        self._broadcast.media(self, item)

    def lost(self, reason: str, *, clean: bool) -> None:
        self._broadcast.lost(self, reason if not clean else "it said goodbye")


def _take_name() -> str:
    return datetime.fromtimestamp(wall_ms() / 1000, UTC).strftime(TAKE_FORMAT)
