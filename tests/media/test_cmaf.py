import struct
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, strategies as st

from manycast.media import cmaf
from manycast.media.cmaf import VideoSample
from manycast.model.media import AudioConfig, AudioFrame, Media, VideoConfig, VideoFrame


EPOCH_MS = 1_795_200_000_000
Run = Callable[..., bytes]


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    while data:
        size = int.from_bytes(data[:4], "big")
        assert 8 <= size <= len(data)
        yield data[4:8], data[8:size]
        data = data[size:]


def read_traf(traf: bytes, whole: bytes) -> tuple[int, int, list[tuple[int, int, int, bytes]]]:
    """Track, its time, and (duration, flags, composition offset, payload) of each sample."""
    found = dict(boxes(traf))
    flags, track = struct.unpack_from(">II", found[b"tfhd"])
    defaults = struct.unpack_from(">II", found[b"tfhd"], 8) if flags & 0x28 else (0, 0)
    (time,) = struct.unpack_from(">Q", found[b"tfdt"], 4)
    columns, count, offset = struct.unpack_from(">IIi", found[b"trun"])
    words = iter(struct.unpack_from(f">{(len(found[b'trun']) - 12) // 4}I", found[b"trun"], 12))
    samples = []
    for _ in range(count):
        duration = next(words) if columns & 0x100 else defaults[0]
        size = next(words)
        sample_flags = next(words) if columns & 0x400 else defaults[1]
        cts = next(words) if columns & 0x800 else 0
        samples.append((duration, sample_flags, cts, whole[offset : offset + size]))
        offset += size
    assert next(words, None) is None
    return track, time, samples


videos = st.lists(
    st.builds(
        VideoSample,
        st.integers(0, 10_000),
        st.integers(0, 60_000),
        st.booleans(),
        st.binary(max_size=20),
    ),
    max_size=12,
)


@given(
    videos, st.lists(st.binary(max_size=9), max_size=20), st.integers(0, 1 << 41), st.integers(0)
)
def test_a_fragment_reads_back_as_the_same_samples(
    video: list[VideoSample], audio: list[bytes], time: int, sequence: int
) -> None:
    if not video and not audio:
        return
    whole = b"".join(cmaf.fragment(sequence, video, time, audio, time * 48, 1024))
    found = dict(boxes(whole))
    assert list(found) == [b"moof", b"mdat"]
    assert found[b"mdat"] == b"".join([sample.data for sample in video] + audio)
    header, *trafs = boxes(found[b"moof"])
    assert header == (b"mfhd", struct.pack(">II", 0, sequence & 0xFFFFFFFF))
    read = [read_traf(traf, whole) for _, traf in trafs]
    wanted = []
    if video:
        keys = {True: 0x02000000, False: 0x01010000}
        rows = [(s.duration_ms, keys[s.key], s.cts_ms, s.data) for s in video]
        wanted.append((1, time, rows))
    if audio:
        wanted.append((2, time * 48, [(1024, 0x02000000, 0, frame) for frame in audio]))
    assert read == wanted


def test_payloads_are_handed_on_untouched() -> None:
    frame, sound = bytes(100), bytes(10)
    pieces = cmaf.fragment(1, [VideoSample(33, 0, True, frame)], 0, [sound], 0, 1024)
    assert pieces[1] is frame
    assert pieces[2] is sound


def test_the_random_access_mark_is_one_styp_box() -> None:
    assert [kind for kind, _ in boxes(cmaf.RANDOM_ACCESS_MARK)] == [b"styp"]


def packaged(media: list[Media], part_frames: int) -> bytes:
    """All of a recording, 25 pictures per second, from EPOCH_MS on."""
    video = next(item for item in media if isinstance(item, VideoConfig))
    audio = next(item for item in media if isinstance(item, AudioConfig))
    pictures = [item for item in media if isinstance(item, VideoFrame)]
    sounds = [item.data for item in media if isinstance(item, AudioFrame)]
    per_part = part_frames * 40 * audio.sample_rate // (1000 * audio.frame_samples)
    pieces = [cmaf.init_segment(video, audio)]
    for number, first in enumerate(range(0, len(pictures), part_frames)):
        part = pictures[first : first + part_frames]
        samples = [VideoSample(40, item.cts_ms, item.key, item.data) for item in part]
        begin = number * per_part
        heard = sounds[begin : begin + per_part]
        audio_time = EPOCH_MS * audio.sample_rate // 1000 + begin * audio.frame_samples
        pieces.append(cmaf.RANDOM_ACCESS_MARK if part[0].key else b"")
        pieces += cmaf.fragment(
            number, samples, EPOCH_MS + 40 * first, heard, audio_time, audio.frame_samples
        )
    return b"".join(pieces)


def packets(ffmpeg: Run, data: bytes, *words: str) -> dict[str, list[tuple[str, ...]]]:
    """Fields of framemd5 lines (dts, pts, duration, size, checksum) by stream."""
    found: dict[str, list[tuple[str, ...]]] = {"0": [], "1": []}
    listing = ffmpeg("-copyts", "-i", "-", "-map", "0", *words, "-f", "framemd5", "-", stdin=data)
    for line in listing.decode().splitlines():
        if not line.startswith("#"):
            stream, *fields = (field.strip() for field in line.split(","))
            found[stream].append(tuple(fields))
    return found


CODECS = {
    "avc-aac": ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
    "hevc-opus": (
        *("-c:v", "libx265", "-preset", "ultrafast", "-bf", "2", "-x265-params", "log-level=none"),
        *("-pix_fmt", "yuv420p", "-c:a", "libopus"),
    ),
    "av1-aac": ("-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-c:a", "aac"),
}


@pytest.mark.parametrize("words", CODECS.values(), ids=CODECS)
def test_ffmpeg_reads_every_frame_at_its_time(
    record: Callable[..., list[Media]], ffmpeg: Run, words: tuple[str, ...]
) -> None:
    media = record(*words, "-g", "15", picture="128x72:rate=25")
    data = packaged(media, part_frames=6)
    found = packets(ffmpeg, data, "-c", "copy", "-copytb", "1")
    pictures = [item for item in media if isinstance(item, VideoFrame)]
    times = [EPOCH_MS + 40 * number for number in range(len(pictures))]
    assert [int(row[0]) for row in found["0"]] == times
    shown = [time + item.cts_ms for time, item in zip(times, pictures, strict=True)]
    assert [int(row[1]) for row in found["0"]] == shown
    assert [int(row[3]) for row in found["0"]] == [len(item.data) for item in pictures]
    audio = next(item for item in media if isinstance(item, AudioConfig))
    heard = [int(row[0]) for row in found["1"]]
    assert heard == [EPOCH_MS * 48 + n * audio.frame_samples for n in range(len(heard))]


@pytest.mark.parametrize("words", CODECS.values(), ids=CODECS)
def test_ffmpeg_decodes_every_picture(
    record: Callable[..., list[Media]], ffmpeg: Run, words: tuple[str, ...]
) -> None:
    media = record(*words, "-g", "15", picture="128x72:rate=25")
    found = packets(ffmpeg, packaged(media, part_frames=1), "-fps_mode", "passthrough")
    assert len(found["0"]) == sum(isinstance(item, VideoFrame) for item in media) == 30
    assert len({row[4] for row in found["0"]}) == 30
