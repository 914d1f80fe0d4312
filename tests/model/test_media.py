from dataclasses import FrozenInstanceError

import pytest

from manycast.model.media import AudioCodec, VideoCodec, VideoFrame


def test_codecs_are_named_as_their_sample_entries() -> None:
    assert [*VideoCodec] == ["avc1", "hvc1", "av01"]
    assert [*AudioCodec] == ["mp4a", "Opus"]


def test_frames_are_values() -> None:
    frame = VideoFrame(dts_ms=40, cts_ms=0, key=True, data=b"x")
    assert frame == VideoFrame(dts_ms=40, cts_ms=0, key=True, data=b"x")
    with pytest.raises(FrozenInstanceError):
        frame.dts_ms = 3  # type: ignore[misc]
