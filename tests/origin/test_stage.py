from dataclasses import replace

import pytest

from manycast.hls.rules import Rules
from manycast.model.media import VideoCodec, VideoConfig, VideoFrame
from manycast.origin.grid import SegmentGrid
from manycast.origin.packager import Packager
from manycast.origin.rendition import Rendition
from manycast.origin.stage import Stage, fed_by
from manycast.origin.tracks import MISSES_MAX, Tracks
from manycast.settings.origin import OriginSettings
from tests.origin.publisher import AVC, SMALL


MIDDLE = replace(AVC, width=854, height=480)
TINY = replace(AVC, width=320, height=180)
HEVC = replace(SMALL, codec=VideoCodec.HEVC)
PORTRAIT = replace(AVC, width=360, height=640)


def stage(name: str, home: VideoConfig) -> Stage:
    packager = Packager(SegmentGrid(1, 2000, 2), OriginSettings(), lead=False)
    return Stage(Rendition(name, Rules(), 5000, 0), packager, home, home)


def tracks(*sent: VideoConfig, away: tuple[int, ...] = ()) -> Tracks:
    one = Tracks()
    for number, video in enumerate(sent, 1):
        one.announce(number, video, AVC)
    for at_ms in range(2000, 2000 * (MISSES_MAX + 2), 2000):
        one.begin(at_ms)
        key = VideoFrame(at_ms, 0, True, b"")
        one.follow(key)
        for track in one:
            if track.number not in away:
                one.take(track.number, key)
    one.begin(60_000)
    return one


def test_a_rendition_shows_its_own_track() -> None:
    assert fed_by(stage("480p", MIDDLE), AVC, tracks(MIDDLE, SMALL)) == (1, MIDDLE)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ((MIDDLE, SMALL, TINY), (2, SMALL)),
        ((MIDDLE,), (0, AVC)),
        ((MIDDLE, HEVC), (0, AVC)),
        ((MIDDLE, PORTRAIT), (0, AVC)),
    ],
)
def test_the_next_smaller_of_its_kind_stands_in(
    sent: tuple[VideoConfig, ...], shown: tuple[int, VideoConfig]
) -> None:
    assert fed_by(stage("480p", MIDDLE), AVC, tracks(*sent, away=(1,))) == shown


def test_nothing_stands_in_for_another_kind_of_screen() -> None:
    assert fed_by(stage("360p-portrait", PORTRAIT), AVC, tracks(SMALL)) is None
