import pytest
from hypothesis import given, strategies as st

from manycast.media.errors import MalformedError
from manycast.media.rtmp import messages
from manycast.media.rtmp.messages import Kind, Message


def tag(kind: int, timestamp: int, body: bytes) -> bytes:
    stamp = (timestamp & 0xFFFFFF).to_bytes(3, "big") + bytes((timestamp >> 24,))
    return bytes((kind,)) + len(body).to_bytes(3, "big") + stamp + bytes(3) + body + bytes(4)


def aggregate(timestamp: int, *tags: bytes) -> Message:
    return Message(Kind.AGGREGATE, timestamp, 1, b"".join(tags))


def test_an_aggregate_is_split_onto_its_own_timeline() -> None:
    whole = aggregate(
        1000, tag(9, 0x01000000, b"v"), tag(8, 0x01000017, b"a"), tag(18, 0x01000017, b"d")
    )
    parts = list(messages.split_aggregate(whole))
    assert [(part.kind, part.timestamp, part.body) for part in parts] == [
        (Kind.VIDEO, 1000, b"v"),
        (Kind.AUDIO, 1023, b"a"),
        (Kind.DATA, 1023, b"d"),
    ]


def test_an_aggregate_within_an_aggregate_is_left_out() -> None:
    assert list(messages.split_aggregate(aggregate(0, tag(22, 0, tag(9, 0, b"v"))))) == []


def test_a_last_back_pointer_may_be_missing() -> None:
    assert len(list(messages.split_aggregate(aggregate(0, tag(9, 0, b"v")[:-4])))) == 1


@given(st.binary(max_size=100))
def test_any_aggregate_is_split_or_malformed(body: bytes) -> None:
    try:
        list(messages.split_aggregate(aggregate(0, body)))
    except MalformedError:
        return


def test_a_cut_aggregate_is_malformed() -> None:
    with pytest.raises(MalformedError, match="cut off"):
        list(messages.split_aggregate(aggregate(0, tag(9, 0, b"video")[:13])))


def test_only_pings_are_answered() -> None:
    ping = Message(Kind.USER_CONTROL, 0, 0, b"\x00\x06\x01\x02\x03\x04")
    pong = messages.ping_response(ping)
    assert pong is not None
    assert pong.body == b"\x00\x07\x01\x02\x03\x04"
    buffer_length = Message(Kind.USER_CONTROL, 0, 0, b"\x00\x03" + bytes(8))
    assert messages.ping_response(buffer_length) is None


def test_control_messages_have_their_specified_bytes() -> None:
    assert messages.acknowledgement(2**32 + 5).body == b"\x00\x00\x00\x05"
    assert messages.window_size(1).body == b"\x00\x00\x00\x01"
    assert messages.peer_bandwidth(1).body == b"\x00\x00\x00\x01\x02"
    assert messages.stream_begin(1).body == b"\x00\x00\x00\x00\x00\x01"


def test_amf3_kinds_carry_amf0_after_a_zero() -> None:
    null = b"\x05"
    assert Message(Kind.COMMAND_AMF3, 0, 0, b"\x00" + null).values() == [None]
    assert Message(Kind.DATA_AMF3, 0, 0, b"\x00" + null).values() == [None]
    assert Message(Kind.COMMAND, 0, 0, null).values() == [None]
