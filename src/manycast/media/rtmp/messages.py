"""RTMP messages: their types, the control messages we send, aggregates."""

import struct
from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from manycast.media import amf0
from manycast.media.errors import MalformedError


CONTROL_CHUNK_STREAM: Final = 2

_PING_REQUEST: Final = 6
_PING_RESPONSE: Final = 7
_STREAM_BEGIN: Final = 0
_LIMIT_DYNAMIC: Final = 2
_TAG_HEADER_BYTES: Final = 11
_BACK_POINTER_BYTES: Final = 4
_MASK: Final = 0xFFFFFFFF


class Kind(IntEnum):
    """Message types; a connection that uses any other is not RTMP."""

    CHUNK_SIZE = 1
    ABORT = 2
    ACKNOWLEDGEMENT = 3
    USER_CONTROL = 4
    WINDOW_SIZE = 5
    PEER_BANDWIDTH = 6
    AUDIO = 8
    VIDEO = 9
    DATA_AMF3 = 15
    SHARED_OBJECT_AMF3 = 16
    COMMAND_AMF3 = 17
    DATA = 18
    SHARED_OBJECT = 19
    COMMAND = 20
    AGGREGATE = 22


class Message(NamedTuple):
    """One whole message; the timestamp is 32 bits of milliseconds that wrap around."""

    kind: Kind
    timestamp: int
    stream_id: int
    body: bytes

    def u32(self) -> int:
        """The number that is the whole body of most control messages; raises MalformedError."""
        if len(self.body) < 4:
            raise MalformedError(f"RTMP: a {self.kind.name} message of {len(self.body)} bytes")
        return int.from_bytes(self.body[:4], "big")

    def values(self) -> list[amf0.Value]:
        """The AMF0 values of a command or data message; raises MalformedError."""
        # The AMF3 kinds begin with a byte that says "AMF0 follows" and is 0.
        amf3 = self.kind in {Kind.DATA_AMF3, Kind.COMMAND_AMF3}
        return amf0.decode(self.body[1:] if amf3 else self.body)


def acknowledgement(received_bytes: int) -> Message:
    return Message(Kind.ACKNOWLEDGEMENT, 0, 0, struct.pack(">I", received_bytes & _MASK))


def window_size(window_bytes: int) -> Message:
    return Message(Kind.WINDOW_SIZE, 0, 0, struct.pack(">I", window_bytes))


def peer_bandwidth(window_bytes: int) -> Message:
    return Message(Kind.PEER_BANDWIDTH, 0, 0, struct.pack(">IB", window_bytes, _LIMIT_DYNAMIC))


def stream_begin(stream_id: int) -> Message:
    return Message(Kind.USER_CONTROL, 0, 0, struct.pack(">HI", _STREAM_BEGIN, stream_id))


def ping_response(message: Message) -> Message | None:
    """The answer to a ping, None when the message is another user control event."""
    if message.body[:2] != struct.pack(">H", _PING_REQUEST):
        return None
    return Message(Kind.USER_CONTROL, 0, 0, struct.pack(">H", _PING_RESPONSE) + message.body[2:6])


def split_aggregate(message: Message) -> Iterator[Message]:
    """The messages inside an aggregate, on its timeline; raises MalformedError."""
    body, at = message.body, 0
    first = None
    while at < len(body):
        start = at + _TAG_HEADER_BYTES
        length = int.from_bytes(body[at + 1 : at + 4], "big")
        if start + length > len(body):
            raise MalformedError(
                f"RTMP: an aggregate of {len(body)} bytes is cut off in the message at {at}"
            )
        timestamp = body[at + 7] << 24 | int.from_bytes(body[at + 4 : at + 7], "big")
        first = timestamp if first is None else first
        if body[at] in {Kind.AUDIO, Kind.VIDEO, Kind.DATA}:
            moved = (message.timestamp + timestamp - first) & _MASK
            data = body[start : start + length]
            yield Message(Kind(body[at]), moved, message.stream_id, data)
        at = start + length + _BACK_POINTER_BYTES
