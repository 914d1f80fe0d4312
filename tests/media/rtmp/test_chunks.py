import itertools
import struct
from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st

from manycast.media.errors import MalformedError
from manycast.media.rtmp.chunks import ChunkReader, ChunkWriter
from manycast.media.rtmp.messages import Kind, Message
from manycast.settings.rtmp import RtmpSettings


SETTINGS = RtmpSettings()


def reader(settings: RtmpSettings = SETTINGS) -> ChunkReader:
    made = ChunkReader(settings)
    made.admit_media()
    return made


def read(pieces: Iterable[bytes], into: ChunkReader | None = None) -> list[Message]:
    into = into or reader()
    found = []
    for piece in pieces:
        into.feed(piece)
        while (message := into.next_message()) is not None:
            found.append(message)
    return found


def audio(timestamp: int, body: bytes, stream_id: int = 1) -> Message:
    return Message(Kind.AUDIO, timestamp, stream_id, body)


kinds = st.sampled_from([Kind.AUDIO, Kind.VIDEO, Kind.DATA, Kind.COMMAND])
stamps = st.one_of(
    st.integers(0, 0xFFFFFFFF), st.integers(0xFFFFF0, 0x100000F), st.sampled_from([0, 40, 80])
)
message = st.builds(
    Message, kinds, stamps, st.sampled_from([0, 1, 0x01020304]), st.binary(max_size=400)
)
chunk_streams = st.sampled_from([2, 3, 4, 63, 64, 65, 319, 320, 321, 575, 65599])
resizes = st.one_of(st.none(), st.integers(1, 500))
sent_messages = st.lists(st.tuples(message, chunk_streams, resizes), max_size=12)


@given(sent_messages, st.lists(st.integers(0, 5000), max_size=20))
def test_what_is_written_is_read_however_it_is_split(
    sent: list[tuple[Message, int, int | None]], cuts: list[int]
) -> None:
    writer, wire = ChunkWriter(), bytearray()
    for item, chunk_stream, size in sent:
        if size is not None:
            wire += writer.resize(size)
        wire += writer.write(item, chunk_stream)
    edges = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    pieces = [bytes(wire[a:b]) for a, b in itertools.pairwise(edges)]
    assert read(pieces) == [item for item, _, _ in sent]


@given(sent_messages)
def test_bytes_that_come_one_by_one_make_the_same_messages(
    sent: list[tuple[Message, int, int | None]],
) -> None:
    writer = ChunkWriter()
    wire = b"".join(writer.write(item, chunk_stream) for item, chunk_stream, _ in sent)
    assert read(struct.pack("B", byte) for byte in wire) == [item for item, _, _ in sent]


@given(st.lists(st.binary(max_size=300), max_size=6))
def test_random_bytes_are_read_or_malformed(pieces: list[bytes]) -> None:
    into = reader()
    try:
        read(pieces, into)
    except MalformedError:
        return
    assert into.unread_bytes < 18  # never more than an unfinished header


def test_the_specified_bytes_of_every_format() -> None:
    body = b"abc"
    wire = (
        b"\x04\x00\x00\x64\x00\x00\x03\x08\x01\x00\x00\x00" + body  # absolute 100
        + b"\x44\x00\x00\x17\x00\x00\x02\x08" + b"de"  # 23 later, other length
        + b"\x84\x00\x00\x19" + b"fg"  # 25 later
        + b"\xc4" + b"hi"  # as much later again
    )  # fmt: skip
    expected = [audio(100, b"abc"), audio(123, b"de"), audio(148, b"fg"), audio(173, b"hi")]
    assert read([wire]) == expected
    writer = ChunkWriter()
    assert b"".join(writer.write(item, 4) for item in expected) == wire


def test_a_chunk_without_header_repeats_the_delta() -> None:
    """What ffmpeg writes for equal frames: 0, 23, 46, 69."""
    writer = ChunkWriter()
    wire = b"".join(writer.write(audio(at, b"x" * 9), 4) for at in (0, 23, 46, 69))
    assert wire.count(b"\xc4") == 2
    assert [item.timestamp for item in read([wire])] == [0, 23, 46, 69]


def test_after_an_absolute_timestamp_the_delta_is_that_timestamp() -> None:
    """So ffmpeg leaves the header out when the first delta equals the first timestamp."""
    wire = b"\x04\x00\x00\x28\x00\x00\x01\x08\x01\x00\x00\x00a" + b"\xc4b"
    assert [item.timestamp for item in read([wire])] == [40, 80]


EXTENDED_HEADER = b"\x04\xff\xff\xff\x00\x00\xc8\x08\x01\x00\x00\x00\x01\x00\x00\x05"


def test_extended_timestamps_may_be_repeated_in_continuing_chunks() -> None:
    body = bytes(range(200))
    wire = EXTENDED_HEADER + body[:128] + b"\xc4\x01\x00\x00\x05" + body[128:]
    assert read([wire]) == [audio(0x01000005, body)]


def test_extended_timestamps_may_be_left_out_of_continuing_chunks() -> None:
    body = bytes(range(200))
    assert read([EXTENDED_HEADER + body[:128] + b"\xc4" + body[128:]]) == [audio(0x01000005, body)]


def test_time_that_goes_back_by_a_delta_wraps() -> None:
    """So librtmp writes a step back of 5 ms as an extended delta of 2^32 - 5."""
    first = b"\x04\x00\x00\x64\x00\x00\x01\x08\x01\x00\x00\x00a"
    back = b"\x44\xff\xff\xff\x00\x00\x02\x08\xff\xff\xff\xfbbc"
    assert [item.timestamp for item in read([first + back])] == [100, 95]


@pytest.mark.parametrize(
    ("chunk_stream", "basic"),
    [(63, b"\x3f"), (64, b"\x00\x00"), (319, b"\x00\xff"), (320, b"\x01\x00\x01"), (65599, b"\x01\xff\xff")],
)  # fmt: skip
def test_identifiers_of_one_to_three_bytes(chunk_stream: int, basic: bytes) -> None:
    wire = ChunkWriter().write(audio(0, b"x"), chunk_stream)
    assert wire.startswith(basic)
    assert len(wire) == len(basic) + 11 + 1
    assert read([wire]) == [audio(0, b"x")]


def test_interleaved_messages_come_in_the_order_they_end() -> None:
    long = ChunkWriter().write(audio(5, b"a" * 200), 4)
    short = ChunkWriter().write(Message(Kind.VIDEO, 6, 1, b"v"), 6)
    cut = 12 + 128
    kinds_read = [item.kind for item in read([long[:cut] + short + long[cut:]])]
    assert kinds_read == [Kind.VIDEO, Kind.AUDIO]


def test_an_aborted_message_is_forgotten() -> None:
    long = ChunkWriter().write(audio(5, b"a" * 200), 4)
    abort = ChunkWriter().write(Message(Kind.ABORT, 0, 0, struct.pack(">I", 4)), 2)
    again = ChunkWriter().write(audio(9, b"b"), 4)
    assert read([long[:140] + abort + again]) == [audio(9, b"b")]


def test_a_chunk_size_holds_at_once_even_inside_a_message() -> None:
    body = bytes(300)
    whole = ChunkWriter().write(audio(5, body), 4)
    resize = ChunkWriter().resize(4096)
    wire = whole[: 12 + 128] + resize + b"\xc4" + body[128:]
    assert read([wire]) == [audio(5, body)]


def test_empty_messages_are_messages() -> None:
    assert read([ChunkWriter().write(audio(5, b""), 4) * 2]) == [audio(5, b"")] * 2


def test_media_is_refused_by_its_header_until_it_is_admitted() -> None:
    with pytest.raises(MalformedError, match="before a stream key"):
        read([ChunkWriter().write(audio(0, b"x" * 100), 4)[:12]], ChunkReader(SETTINGS))


def header(kind: int, length: int, chunk_stream: int = 4) -> bytes:
    return bytes((chunk_stream, 0, 0, 0)) + length.to_bytes(3, "big") + bytes((kind, 1, 0, 0, 0))


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (header(Kind.VIDEO, 0xFFFFFF), "16777215 bytes"),
        (header(Kind.COMMAND, 0xFFFFFF), "16777215 bytes"),
        (header(7, 1), "unknown message type 7"),
        (b"\xc4", "begins with a chunk of format 3"),
        (b"\x84\x00\x00\x00", "begins with a chunk of format 2"),
        (header(Kind.AUDIO, 200) + bytes(128) + header(Kind.AUDIO, 200), "after 128 of 200 bytes"),
        (ChunkWriter().write(Message(Kind.CHUNK_SIZE, 0, 0, bytes(4)), 2), "chunk size of 0"),
        (ChunkWriter().write(Message(Kind.CHUNK_SIZE, 0, 0, b"\xff" * 4), 2), "size of 4294967295"),
        (ChunkWriter().write(Message(Kind.CHUNK_SIZE, 0, 0, b"\xff"), 2), "CHUNK_SIZE"),
        (b"".join(ChunkWriter().write(audio(0, b""), n) for n in range(3, 90)), "chunk streams"),
        (b"".join(header(Kind.VIDEO, 0x700000, n) + bytes(128) for n in (4, 5, 6)), "together"),
    ],
)
def test_what_breaks_a_limit_is_named_at_once(wire: bytes, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        read([wire])


def test_messages_that_end_give_their_promise_back() -> None:
    settings = RtmpSettings(message_bytes_max=1000, buffered_bytes_max=1000)
    wire = ChunkWriter().write(audio(0, bytes(900)), 4) * 5
    assert len(read([wire], reader(settings))) == 5
