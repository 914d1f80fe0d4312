import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from manycast.media import cmaf
from manycast.media.avc import config as avc_config
from manycast.media.cmaf import RANDOM_ACCESS_MARK, VideoSample
from manycast.media.cmaf_reader import BOX_BYTES_MAX, CmafReader
from manycast.media.errors import MediaError
from manycast.media.silence import DEFAULT_SILENCE
from manycast.model.media import AudioConfig, AudioFrame, Media, VideoConfig, VideoFrame


Record = Callable[..., list[Media]]
EPOCH_MS = 1_795_200_000_000
SPS = bytes.fromhex("6764001facd9405005bb011000000300100000030320f18319a0")
AVC = avc_config(
    b"\x01\x64\x00\x1f\xff\xe1"
    + len(SPS).to_bytes(2, "big")
    + SPS
    + b"\x01\x00\x05\x68\xeb\xe3\xcb\x22"
)
INIT = cmaf.init_segment(AVC, DEFAULT_SILENCE)

videos = st.builds(
    VideoSample, st.integers(1, 500), st.integers(0, 60_000), st.booleans(), st.binary(max_size=40)
)
fragments = st.lists(st.tuples(videos, st.lists(st.binary(max_size=9), max_size=4)), max_size=6)


def stream(parts: list[tuple[VideoSample, list[bytes]]]) -> tuple[bytes, list[Media]]:
    """Single frames with their sound as the packager writes them, and what they say."""
    whole, wanted = INIT, list[Media]([AVC, DEFAULT_SILENCE])
    time_ms, samples = EPOCH_MS, EPOCH_MS * 48
    for number, (video, audio) in enumerate(parts):
        whole += RANDOM_ACCESS_MARK * video.key
        whole += b"".join(cmaf.fragment(number, [video], time_ms, audio, samples, 1024))
        wanted.append(VideoFrame(time_ms, video.cts_ms, video.key, video.data))
        for data in audio:
            wanted.append(AudioFrame((samples + 24) // 48, data))
            samples += 1024
        time_ms += video.duration_ms
    return whole, wanted


@given(fragments, st.data())
def test_whatever_the_pieces_a_stream_reads_back_as_what_was_packaged(
    parts: list[tuple[VideoSample, list[bytes]]], data: st.DataObject
) -> None:
    whole, wanted = stream(parts)
    reader = CmafReader()
    found: list[Media] = []
    while whole:
        size = data.draw(st.integers(1, len(whole)))
        found += reader.feed(whole[:size])
        whole = whole[size:]
    assert found == wanted


@pytest.mark.parametrize(
    "words",
    [
        ("-c:v", "libx264", "-bf", "2", "-g", "10", "-c:a", "aac"),
        ("-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "libopus"),
        ("-c:v", "libsvtav1", "-preset", "12", "-c:a", "aac", "-ac", "6"),
    ],
)
def test_every_codec_comes_back_as_it_was_sent(words: tuple[str, ...], record: Record) -> None:
    media = record(*words)
    video = next(item for item in media if isinstance(item, VideoConfig))
    audio = next(item for item in media if isinstance(item, AudioConfig))
    assert CmafReader().feed(cmaf.init_segment(video, audio)) == [video, audio]


def test_a_second_init_segment_begins_anew() -> None:
    whole, wanted = stream([(VideoSample(33, 0, True, b"k"), [b"a"])])
    assert CmafReader().feed(whole + whole) == wanted + wanted


@given(st.binary(max_size=200), st.integers(0, 400), st.data())
def test_damaged_bytes_are_an_error_or_other_frames_but_never_a_crash(
    noise: bytes, at: int, data: st.DataObject
) -> None:
    whole, _ = stream([(VideoSample(33, 0, True, b"k"), [b"a"])] * 2)
    at = min(at, len(whole))
    damaged = whole[:at] + noise + whole[data.draw(st.integers(at, len(whole))) :]
    with contextlib.suppress(MediaError):
        CmafReader().feed(damaged)


@pytest.mark.parametrize("size", [0, 7, BOX_BYTES_MAX + 1])
def test_a_box_of_an_impossible_size_is_refused_before_it_is_collected(size: int) -> None:
    with pytest.raises(MediaError):
        CmafReader().feed(size.to_bytes(4, "big") + b"mdat")


@pytest.mark.parametrize("cut", [b"tfhd", b"tfdt", b"trun"])
def test_a_fragment_that_lacks_a_box_is_refused(cut: bytes) -> None:
    whole, _ = stream([(VideoSample(33, 0, True, b"k"), [])])
    with pytest.raises(MediaError):
        CmafReader().feed(whole.replace(cut, b"skip"))
