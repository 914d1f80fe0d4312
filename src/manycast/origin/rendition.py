"""One rendition of a live stream: its bytes by name, its playlist, its held requests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from manycast.hls.bandwidth import Bandwidth
from manycast.hls.holds import Advanced, Asked, HintedPart, Holds, Left, Settled
from manycast.hls.multivariant import Variant
from manycast.hls.names import init_name, part_name, segment_name
from manycast.hls.reload import Reload
from manycast.hls.render import Report
from manycast.hls.rules import Rules
from manycast.hls.window import Expired, MediaWindow
from manycast.media.cmaf import RANDOM_ACCESS_MARK
from manycast.model.media import AudioConfig, VideoConfig
from manycast.origin.packager import Chunks, Closed, Cut, FrameCut, Opened, PartCut


TAIL_BYTES_MAX = 32_000_000
"""Ten seconds at 25 Mbit/s; a keyframe interval beyond that is no use to viewers of single frames."""


@dataclass(frozen=True, slots=True)
class Framed:
    """One frame's fragment for viewers of single frames; ``init`` when decoding starts over."""

    rendition: str
    chunks: Chunks
    init: bytes | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """A held request of this rendition is settled."""

    rendition: str
    settled: Settled


@dataclass(frozen=True, slots=True)
class SegmentFinished:
    """A complete segment, for recording."""

    rendition: str
    init: bytes
    chunks: Chunks
    duration_ms: int
    program_date_ms: int
    discontinuity: bool


Output = Framed | Released | SegmentFinished


@dataclass(slots=True)
class _Growing:
    """The open segment."""

    opened: Opened
    chunks: list[bytes]
    duration_ms: int = 0


class Rendition:
    """Turns cuts into named objects and playlist lines, and settles whoever waited for them.

    ``objects`` maps every name that the playlist lists, or did so recently, to its bytes in chunks.
    """

    def __init__(self, name: str, rules: Rules, numbers_from_ms: int, declared_bps: int) -> None:
        """Parts and inits are numbered from the wall clock, so that no name is ever used twice."""
        self._tail_bytes = 0
        self.name = name
        self.objects: dict[str, Chunks] = {}
        self._first_part = numbers_from_ms // 100
        self.window = MediaWindow(rules, self._first_part)
        self._rules = rules
        self.holds = Holds(rules)
        self.bandwidth = Bandwidth(rules.target_duration_ms, declared_bps=declared_bps)
        self.tail: list[bytes] = []
        """Everything since the last keyframe, for viewers of single frames who arrive now; empty while
        that is too much, and they wait for the next keyframe."""
        self.init = b""
        self.parts = 0
        """Published so far."""
        self._init_number = numbers_from_ms // 1000
        self._growing: _Growing | None = None
        self._texts: dict[bool, bytes] = {}

    @property
    def ready(self) -> bool:
        """Whether a player can start: one segment is complete."""
        position = self.window.position
        return position is not None and position.parts_before > 0

    def take(self, cuts: Sequence[Cut], now: float) -> list[Output]:
        """Publish what the packager cut."""
        outputs: list[Output] = []
        moved = False
        for cut in cuts:
            match cut:
                case FrameCut():
                    outputs.append(self._frame(cut))
                case PartCut():
                    self._part(cut)
                    moved = True
                case Opened():
                    outputs += self._open(cut)
                case Closed():
                    outputs += self._close()
                    moved = True
        return outputs + self._advanced(now) if moved else outputs

    def end(self, now: float) -> list[Output]:
        """No more will come: ENDLIST, and nobody waits any longer."""
        self.window.end()
        return self._advanced(now)

    def text(self, reports: Callable[[], Sequence[Report]], *, skip: bool) -> bytes:
        """The playlist, rendered once for each state."""
        if skip not in self._texts:
            self._texts[skip] = self.window.text(skip=skip, reports=reports()).encode()
        return self._texts[skip]

    def ask(self, request: int, wanted: Reload | HintedPart, now: float) -> list[Output]:
        return self._released(self.holds.handle(Asked(request, wanted), now=now))

    def leave(self, request: int, now: float) -> None:
        self.holds.handle(Left(request), now=now)

    def handle_timer(self, now: float) -> list[Output]:
        return self._released(self.holds.handle_timer(now=now))

    def variant(self, video: VideoConfig, audio: AudioConfig) -> Variant:
        return Variant(
            f"{self.name}/index.m3u8",
            self.bandwidth.peak_bps,
            self.bandwidth.average_bps,
            (video.codecs, audio.codecs),
            video.width,
            video.height,
            video.frame_rate,
        )

    def _open(self, cut: Opened) -> list[Output]:
        outputs: list[Output] = []
        if cut.init is not None:
            self.init = cut.init
            self._init_number += 1
            self.objects[init_name(self._init_number)] = (cut.init,)
            self.tail = []
            outputs.append(Framed(self.name, (), cut.init))
        boundary = cut.boundary
        discontinuity = boundary.discontinuity
        if self._growing is None and boundary.discontinuities:
            before = boundary.discontinuities - discontinuity
            next_part = self._first_part
            self.window = MediaWindow(self._rules, next_part, discontinuity_sequence=before)
        self.window.open_segment(
            boundary.msn, cut.start_ms, self._init_number, discontinuity=discontinuity
        )
        self._growing = _Growing(cut, [])
        return outputs

    def _frame(self, cut: FrameCut) -> Output:
        chunks = cut.chunks
        if cut.key:
            self.tail, self._tail_bytes = [], 0
            chunks = (RANDOM_ACCESS_MARK, *chunks)
        self._tail_bytes += sum(map(len, chunks))
        if self._tail_bytes <= TAIL_BYTES_MAX:
            self.tail += chunks
        else:
            self.tail.clear()
        return Framed(self.name, chunks)

    def _part(self, cut: PartCut) -> None:
        assert self._growing is not None
        number = self.window.add_part(cut.duration_ms, independent=cut.independent)
        self.parts += 1
        self.objects[part_name(number)] = cut.chunks
        self._growing.chunks += cut.chunks
        self._growing.duration_ms += cut.duration_ms

    def _close(self) -> list[Output]:
        growing = self._growing
        assert growing is not None
        boundary = growing.opened.boundary
        self.objects[segment_name(boundary.msn)] = growing.chunks
        self.bandwidth.add_segment(sum(map(len, growing.chunks)), growing.duration_ms)
        self._forget(self.window.close_segment())
        finished = SegmentFinished(
            self.name,
            self.init,
            growing.chunks,
            growing.duration_ms,
            growing.opened.start_ms,
            boundary.discontinuity,
        )
        return [finished]

    def _forget(self, expired: Expired) -> None:
        for msn in expired.msns:
            del self.objects[segment_name(msn)]
        for number in expired.parts:
            del self.objects[part_name(number)]
        for number in expired.inits:
            del self.objects[init_name(number)]

    def _advanced(self, now: float) -> list[Output]:
        self._texts.clear()
        position = self.window.position
        if position is None:
            return []
        return self._released(self.holds.handle(Advanced(position), now=now))

    def _released(self, settled: Sequence[Settled]) -> list[Output]:
        return [Released(self.name, one) for one in settled]
