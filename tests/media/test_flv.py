from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from manycast.media import aac, flv, opus
from manycast.media.errors import MalformedError, MediaError
from manycast.model.media import (
    AudioCodec,
    AudioConfig,
    AudioFrame,
    VideoCodec,
    VideoConfig,
    VideoFrame,
)


Item = VideoConfig | VideoFrame | AudioConfig | AudioFrame
TIME = 0x1234567
payloads = st.binary(min_size=1, max_size=40)


def frames(codec: VideoCodec) -> st.SearchStrategy[tuple[Item, VideoCodec | AudioCodec]]:
    shifts = st.just(0) if codec == VideoCodec.AV1 else st.integers(0, 60_000)
    data = payloads.map(lambda data: b"\x32" + data)
    return st.tuples(
        st.builds(VideoFrame, st.just(TIME), shifts, st.booleans(), data), st.just(codec)
    )


items = st.one_of(
    *(frames(codec) for codec in VideoCodec),
    st.tuples(st.builds(AudioFrame, st.just(TIME), payloads), st.sampled_from(AudioCodec)),
    st.just((aac.config(b"\x11\x90"), AudioCodec.AAC)),
    st.just((opus.config(b"\0\x02\x01\x38\0\0\xbb\x80\0\0\0"), AudioCodec.OPUS)),
)


@given(st.lists(items, max_size=6), st.integers(1, 60))
def test_tags_come_back_whatever_the_pieces(
    items: list[tuple[Item, VideoCodec | AudioCodec]], piece: int
) -> None:
    stream = flv.header() + b"".join(flv.tag(item, TIME, codec) for item, codec in items)
    demuxer = flv.Demuxer()
    found = []
    for at in range(0, len(stream), piece):
        found += demuxer.feed(stream[at : at + piece])
    assert found == [item for item, _ in items]


def test_script_data_and_empty_tags_are_passed() -> None:
    script = b"\x12\0\0\3" + bytes(7) + b"abc" + bytes(4)
    empty = b"\x09" + bytes(14)
    sound = flv.tag(AudioFrame(5, b"raw"), 5)
    stream = flv.header() + script + empty + sound
    assert flv.Demuxer().feed(stream) == [AudioFrame(5, b"raw")]


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (b"\0\0\0\x20ftyp", "begins with"),
        (b"FLV\x01\x05\xff\xff\xff\xff", "header of"),
        (flv.header() + b"\x09\xff\xff\xff" + bytes(7), "at most"),
    ],
)
def test_what_is_no_flv_is_refused_at_once(stream: bytes, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        flv.Demuxer().feed(stream)


@given(st.binary(max_size=100), st.booleans())
def test_random_streams_raise_nothing_else(noise: bytes, headed: bool) -> None:
    try:
        flv.Demuxer().feed((flv.header() if headed else b"") + noise)
    except MediaError:
        return


def test_of_the_tracks_ffmpeg_sends_only_the_default_ones_are_played(
    ffmpeg: Callable[..., bytes],
) -> None:
    sizes = ("128x72", "64x36")
    pictures = [("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:d=0.4") for size in sizes]
    tones = [("-f", "lavfi", "-i", "sine=r=48000:d=0.4")] * 2
    inputs = [word for words in (*pictures, *tones) for word in words]
    maps = [word for track in range(4) for word in ("-map", str(track))]
    video = (
        "-pix_fmt",
        "yuv420p",
        "-preset",
        "ultrafast",
        "-c:v:0",
        "libx264",
        "-c:v:1",
        "libx265",
    )
    audio = ("-x265-params", "log-level=none", "-c:a:0", "aac", "-c:a:1", "libopus")
    found = flv.Demuxer().feed(ffmpeg(*inputs, *maps, *video, *audio, "-f", "flv", "-"))
    configs = [item for item in found if isinstance(item, VideoConfig | AudioConfig)]
    assert {item.codec for item in configs} == {VideoCodec.AVC, AudioCodec.AAC}
    assert sum(isinstance(item, VideoFrame) for item in found) == 10
