"""What a platform got, beside what its rendition was: frame by frame, and in step."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from manycast.media import flv
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame


Item = VideoConfig | AudioConfig | VideoFrame | AudioFrame
Frame = VideoFrame | AudioFrame
READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Of a recording that begins with a frame of the source."""

    pictures: int
    sounds: int
    lost: int
    """Frames of the source, between the first and the last that came, that did not."""
    foreign: int
    """Frames that are not the source's, or not in its order."""
    begins_with_keyframe: bool
    from_zero_ms: int
    """Time of the first frame."""
    backwards: int
    """Times that are not later than the one before, each track by itself."""
    shifted_ms: int
    """The most by which any frame is nearer to or further from the first picture than in the source."""
    out_of_step_ms: int
    """The most by which sound and picture are further apart than in the source."""


def recorded(path: Path) -> list[Item]:
    demuxer = flv.Demuxer()
    items: list[Item] = []
    with path.open("rb") as file:
        while data := file.read(READ_BYTES):
            items += [item for item in demuxer.feed(data) if isinstance(item, Item)]
    return items


def compare(got: Sequence[Item], source: Sequence[Item]) -> Fidelity:
    """``source`` began earlier and ended later. Raises ValueError when the two have nothing in common."""
    pictures, sounds = (
        _Track([item for item in got if isinstance(item, kind)],
               [item for item in source if isinstance(item, kind)])
        for kind in (VideoFrame, AudioFrame)
    )  # fmt: skip
    base_ms = pictures.source_ms[0] - pictures.got[0].dts_ms
    shifts = [track.shifts(base_ms) for track in (pictures, sounds)]
    first = pictures.got[0]
    return Fidelity(
        pictures=len(pictures.got),
        sounds=len(sounds.got),
        lost=pictures.lost + sounds.lost,
        foreign=pictures.foreign + sounds.foreign,
        begins_with_keyframe=isinstance(first, VideoFrame) and first.key,
        from_zero_ms=min(pictures.got[0].dts_ms, sounds.got[0].dts_ms),
        backwards=pictures.backwards + sounds.backwards,
        shifted_ms=max(abs(shift) for track in shifts for shift in track),
        out_of_step_ms=max(
            abs(max(shifts[0]) - min(shifts[1])), abs(max(shifts[1]) - min(shifts[0]))
        ),
    )


class _Track:
    """One track of both: the frames that came, and where each stands in the source."""

    def __init__(self, got: Sequence[Frame], source: Sequence[Frame]) -> None:
        places = _places(got, source)
        self.got = [frame for frame, place in zip(got, places, strict=True) if place is not None]
        found = [place for place in places if place is not None]
        if not found:
            raise ValueError("nothing of what came is the source's")
        self.source_ms = [source[place].dts_ms for place in found]
        self.foreign = len(got) - len(found)
        self.lost = found[-1] - found[0] + 1 - len(found)
        times = [frame.dts_ms for frame in got]
        self.backwards = sum(after <= before for before, after in pairwise(times))

    def shifts(self, base_ms: int) -> list[int]:
        return [
            frame.dts_ms + base_ms - source_ms
            for frame, source_ms in zip(self.got, self.source_ms, strict=True)
        ]


def _places(got: Sequence[Frame], source: Sequence[Frame]) -> list[int | None]:
    """Where each frame is in the source, always onwards: silence has many frames alike."""
    if not got:
        return []
    begin = next((at for at in range(len(source)) if _alike(got, source, at)), None)
    places: list[int | None] = []
    at = 0 if begin is None else begin
    for frame in got:
        ahead = range(at, min(len(source), at + 200))
        place = next((one for one in ahead if source[one].data == frame.data), None)
        places.append(place)
        at = at if place is None else place + 1
    return places


def _alike(got: Sequence[Frame], source: Sequence[Frame], at: int) -> bool:
    """Whether the first few frames are those from here on."""
    few = min(8, len(got), len(source) - at)
    return few > 0 and all(got[n].data == source[at + n].data for n in range(few))
