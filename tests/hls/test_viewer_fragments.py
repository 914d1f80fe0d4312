import itertools

import pytest
from hypothesis import given, strategies as st

from manycast.hls.viewer_fragments import FragmentTimes, video_time
from manycast.media.boxes import box
from manycast.media.cmaf import RANDOM_ACCESS_MARK, VideoSample, fragment
from manycast.media.errors import MalformedError


T0_MS = 1_800_000_000_000


def stream(count: int) -> tuple[bytes, list[int]]:
    """An init segment's worth of other boxes, then fragments with picture and sound."""
    pieces = [box(b"ftyp", b"iso6"), box(b"moov", bytes(500))]
    ends = []
    for number in range(count):
        if number % 4 == 0:
            pieces.append(RANDOM_ACCESS_MARK)
        sample = VideoSample(33, 0, number % 4 == 0, b"v" * (100 * number))
        pieces += fragment(number, [sample], T0_MS + 33 * number, [b"a" * 50], 1024 * number, 1024)
        ends.append(sum(map(len, pieces)))
    return b"".join(pieces), ends


STREAM, ENDS = stream(9)


@given(st.lists(st.integers(min_value=0, max_value=len(STREAM)), max_size=40))
def test_every_fragment_is_told_once_at_its_last_byte_however_it_is_cut(cuts: list[int]) -> None:
    told: list[tuple[int, int]] = []
    edges = sorted({0, len(STREAM), *cuts})
    position = 0
    times = FragmentTimes(lambda time: told.append((time, position)))
    for start, position in itertools.pairwise(edges):
        times.feed(memoryview(STREAM)[start:position])
    assert [time for time, _ in told] == [T0_MS + 33 * number for number in range(9)]
    for (_, at), end in zip(told, ENDS, strict=True):
        assert at == min(edge for edge in edges if edge >= end)


def test_a_fragment_of_sound_alone_has_no_time() -> None:
    head = fragment(1, [], 0, [b"a" * 50], 0, 1024)[0]
    size = int.from_bytes(head[:4])
    assert video_time(head[:size]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\4free",
        b"\xff\xff\xff\xffmoof",
        box(b"moof", box(b"traf", box(b"tfhd", bytes(8)))),
        box(b"moof", b"\0\0\1\0traf"),
        box(b"moof", box(b"traf", box(b"tfhd", b"\0\0\0\0\0\0\0\1"), box(b"tfdt"))),
    ],
)
def test_what_is_no_mp4_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedError):
        FragmentTimes(lambda _time: None).feed(memoryview(data))
