"""Pictures and sound as an encoder makes them, for the tests of what sends them on."""

from dataclasses import replace

from hypothesis import strategies as st
from tests.media.test_cmaf_reader import AVC

from manycast.media.silence import DEFAULT_SILENCE
from manycast.model.media import AudioConfig, AudioFrame, VideoConfig, VideoFrame


Item = VideoConfig | AudioConfig | VideoFrame | AudioFrame
EPOCH_MS = 1_795_200_000_000
FRAME_MS = 40
SOUND = DEFAULT_SILENCE
PICTURE = AVC
OTHER_PICTURE = replace(AVC, width=640, height=360)

KEY, REFERENCE, IDLE = b"\x65", b"\x41", b"\x01"
"""H.264 slices: of an IDR picture, of one that others refer to, of one that none does."""


def picture(time_ms: int, kind: bytes, size: int = 100) -> VideoFrame:
    body = kind + time_ms.to_bytes(8, "big") + bytes(size)
    return VideoFrame(time_ms, 0, kind == KEY, len(body).to_bytes(4, "big") + body)


def sound(time_ms: int) -> AudioFrame:
    return AudioFrame(time_ms, time_ms.to_bytes(8, "big"))


kinds = st.lists(st.sampled_from([KEY, REFERENCE, IDLE, IDLE, REFERENCE]), max_size=60)


def stream(shape: list[bytes], start_ms: int = EPOCH_MS) -> list[Item]:
    """One picture every 40 ms, each with its sound, as a feed brings them."""
    items: list[Item] = [PICTURE, SOUND]
    for number, kind in enumerate(shape):
        time_ms = start_ms + number * FRAME_MS
        items += [picture(time_ms, kind), sound(time_ms), sound(time_ms + 20)]
    return items


def seconds(count: int, start_ms: int = EPOCH_MS) -> list[Item]:
    """A keyframe every two seconds, an idle picture between any two others."""
    shape = [KEY if n % 50 == 0 else (REFERENCE, IDLE)[n % 2] for n in range(25 * count)]
    return stream(shape, start_ms)
