"""One rendition of a stream on the air, and which of its publisher's tracks is shown in it."""

from dataclasses import dataclass

from manycast.model.media import VideoConfig
from manycast.origin.packager import Packager
from manycast.origin.rendition import Rendition
from manycast.origin.tracks import LEADER, Tracks, alike


@dataclass(slots=True)
class Stage:
    """One rendition with the packager that feeds it."""

    rendition: Rendition
    packager: Packager
    video: VideoConfig | None = None
    home: VideoConfig | None = None
    """What it was made for, where a further track of the publisher is shown in it."""
    feed: int = LEADER
    """Number of the track that is shown now: its own, or while that is away another in its place."""
    listed: bool = True
    """Whether players are offered it beside the source: not what is cut for another kind of screen."""


def fed_by(stage: Stage, source: VideoConfig, tracks: Tracks) -> tuple[int, VideoConfig] | None:
    """The track to show in a stage from now on: its own, else the next smaller of its kind, else the next larger.

    None where nothing of its kind is there: the last picture stays.
    """
    own = tracks.named(stage.rendition.name)
    if own is not None and own.fit:
        return own.number, own.video
    assert stage.home is not None
    home = stage.home
    there = [(LEADER, source), *((track.number, track.video) for track in tracks if track.fit)]
    others = [
        (number, video)
        for number, video in there
        if alike(video, home) and video.codec is home.codec
    ]
    smaller = [one for one in others if pixels(one[1]) <= pixels(home)]
    if smaller:
        return max(smaller, key=lambda one: pixels(one[1]))
    return min(others, key=lambda one: pixels(one[1]), default=None)


def pixels(video: VideoConfig) -> int:
    return video.width * video.height
