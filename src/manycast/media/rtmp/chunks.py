"""RTMP's chunk stream: messages cut into interleaved chunks, read and written."""

import struct
from dataclasses import dataclass
from typing import Final

from manycast.media.errors import MalformedError
from manycast.media.rtmp.messages import CONTROL_CHUNK_STREAM, Kind, Message
from manycast.settings.rtmp import RtmpSettings


DEFAULT_CHUNK_BYTES: Final = 128
EXTENDED: Final = 0xFFFFFF
"""A timestamp field of this value says that 4 more bytes hold the true one."""

_HEADER_BYTES: Final = (11, 7, 3, 0)
_MASK: Final = 0xFFFFFFFF
_MEDIA: Final = frozenset({Kind.AUDIO, Kind.VIDEO, Kind.AGGREGATE})
_DATA: Final = frozenset({Kind.DATA, Kind.DATA_AMF3})
_KINDS: Final = frozenset(Kind)
_COMMANDS: Final = _KINDS - _MEDIA - _DATA


class _Stream:
    """What a chunk stream remembers: the header fields that later chunks leave out."""

    __slots__ = ("body", "extended", "field", "kind", "length", "repeat", "stream_id", "timestamp")

    def __init__(self, chunk_stream: int) -> None:
        # The basic header byte of a chunk that only continues; -1 where that takes more than it.
        self.repeat = 0xC0 | chunk_stream if 2 <= chunk_stream <= 63 else -1
        self.kind = 0
        self.length = 0
        self.stream_id = 0
        self.timestamp = 0
        self.field = 0
        self.extended = False
        self.body: bytearray | None = None


class ChunkReader:
    """Bytes in, whole messages out; timestamps stay the 32 bits that were sent.

    ``feed`` bytes, then pull ``next_message`` until it is None, so that a caller may stop between
    two messages. Chunk size and abort messages are obeyed here and not returned.
    """

    def __init__(self, settings: RtmpSettings) -> None:
        self._settings = settings
        self._streams: dict[int, _Stream] = {}
        self._chunk_bytes = DEFAULT_CHUNK_BYTES
        self._data = b""
        self._at = 0
        self._current: _Stream | None = None
        self._left = 0  # payload bytes the current chunk still owes
        self._promised = 0
        self._limits: dict[int, int] = dict.fromkeys(_COMMANDS, settings.command_bytes_max)
        self._promised_max = settings.opening_bytes_max

    def admit_media(self) -> None:
        """Take audio, video and data from here on; until then their headers are refused."""
        self._limits |= dict.fromkeys(_MEDIA, self._settings.message_bytes_max)
        self._limits |= dict.fromkeys(_DATA, self._settings.metadata_bytes_max)
        self._promised_max = self._settings.buffered_bytes_max

    @property
    def unread_bytes(self) -> int:
        return len(self._data) - self._at

    def feed(self, data: bytes) -> None:
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    def next_message(self) -> Message | None:
        """The next whole message, None when more bytes are needed; raises MalformedError."""
        while True:
            if self._current is None and not self._begin_chunk():
                return None
            message = self._take_payload()
            if message is None:
                if self._current is not None:
                    return None
            elif message.kind == Kind.CHUNK_SIZE:
                self._chunk_bytes = self._checked_chunk_bytes(message.u32())
            elif message.kind == Kind.ABORT:
                self._abort(message.u32())
            else:
                return message

    def _begin_chunk(self) -> bool:
        """Read one chunk's header; False leaves everything as it was, for lack of bytes."""
        data, at = self._data, self._at
        basic = _basic_header(data, at)
        if basic is None:
            return False
        fmt, chunk_stream, at = basic
        after = at + _HEADER_BYTES[fmt]
        if after > len(data):
            return False
        stream = self._stream(chunk_stream, fmt)
        field = int.from_bytes(data[at : at + 3], "big") if fmt < 3 else stream.field
        extended = field == EXTENDED if fmt < 3 else stream.extended
        if extended:
            if after + 4 > len(data):
                return False
            sent = int.from_bytes(data[after : after + 4], "big")
            # Some senders leave the extended timestamp out of chunks without a header of their own.
            if fmt < 3 or sent == field:
                field = sent
                after += 4
        if fmt < 3:
            self._read_header(stream, fmt, data[at : at + _HEADER_BYTES[fmt]])
            stream.extended = extended
            stream.field = field
        if stream.body is None:
            self._begin_message(stream, fmt)
        assert stream.body is not None
        self._streams[chunk_stream] = stream
        self._left = min(self._chunk_bytes, stream.length - len(stream.body))
        self._current = stream
        self._at = after
        return True

    def _stream(self, chunk_stream: int, fmt: int) -> _Stream:
        stream = self._streams.get(chunk_stream)
        if stream is None:
            # Format 1 lacks only the message stream, and old librtmp opens its pings with it.
            if fmt > 1:
                raise MalformedError(
                    f"RTMP: chunk stream {chunk_stream} begins with a chunk of format {fmt}"
                )
            if len(self._streams) >= self._settings.chunk_streams_max:
                raise MalformedError(
                    f"RTMP: more than {self._settings.chunk_streams_max} chunk streams"
                )
            stream = _Stream(chunk_stream)
        elif stream.body is not None and fmt != 3:
            raise MalformedError(
                f"RTMP: a message begins on chunk stream {chunk_stream} after"
                f" {len(stream.body)} of {stream.length} bytes of the one before"
            )
        return stream

    def _read_header(self, stream: _Stream, fmt: int, header: bytes) -> None:
        if fmt < 2:
            self._check_length(header[6], int.from_bytes(header[3:6], "big"))
            stream.length = int.from_bytes(header[3:6], "big")
            stream.kind = header[6]
        if fmt == 0:
            stream.stream_id = int.from_bytes(header[7:11], "little")

    def _check_length(self, kind: int, length: int) -> None:
        if kind not in _KINDS:
            raise MalformedError(f"RTMP: unknown message type {kind}")
        limit = self._limits.get(kind)
        if limit is None:
            raise MalformedError("RTMP: media before a stream key was accepted")
        if length > limit:
            raise MalformedError(
                f"RTMP: a message of {length} bytes (type {kind}), at most {limit} are taken"
            )

    def _begin_message(self, stream: _Stream, fmt: int) -> None:
        # After format 0 the absolute timestamp serves as the delta: so the specification, and so
        # ffmpeg writes; librtmp only does it at 0, where both readings agree.
        stream.timestamp = stream.field if fmt == 0 else (stream.timestamp + stream.field) & _MASK
        self._promised += stream.length
        if self._promised > self._promised_max:
            raise MalformedError(
                f"RTMP: unfinished messages of {self._promised} bytes together, at most"
                f" {self._promised_max} are taken"
            )
        stream.body = bytearray()

    def _take_payload(self) -> Message | None:
        """Take what is there of the current chunk and of those that directly continue it."""
        stream = self._current
        assert stream is not None
        assert stream.body is not None
        data, at, left, body = self._data, self._at, self._left, stream.body
        end_of_data, length, chunk_bytes = len(data), stream.length, self._chunk_bytes
        repeat = -1 if stream.extended else stream.repeat
        if left == length <= end_of_data - at:  # in one piece: no need to collect
            return self._finish(stream, data[at : at + left], at + left)
        view = memoryview(data)
        while True:
            end = at + left
            if end > end_of_data:
                body += view[at:]
                self._left = end - end_of_data
                self._at = end_of_data
                return None
            body += view[at:end]
            at = end
            left = length - len(body)
            if not left:
                return self._finish(stream, bytes(body), at)
            if at == end_of_data or data[at] != repeat:
                self._current = None
                self._at = at
                return None
            at += 1
            left = min(left, chunk_bytes)

    def _finish(self, stream: _Stream, body: bytes, at: int) -> Message:
        self._promised -= stream.length
        self._current = None
        self._at = at
        stream.body = None
        return Message(Kind(stream.kind), stream.timestamp, stream.stream_id, body)

    def _checked_chunk_bytes(self, size: int) -> int:
        if not 1 <= size <= self._settings.chunk_bytes_max:
            raise MalformedError(
                f"RTMP: a chunk size of {size}, 1 to {self._settings.chunk_bytes_max} are taken"
            )
        return size

    def _abort(self, chunk_stream: int) -> None:
        stream = self._streams.get(chunk_stream)
        if stream is not None and stream.body is not None:
            self._promised -= stream.length
            stream.body = None


def _basic_header(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Format, chunk stream and the position after both; None for lack of bytes."""
    if at >= len(data):
        return None
    fmt, chunk_stream = data[at] >> 6, data[at] & 0x3F
    if chunk_stream > 1:
        return fmt, chunk_stream, at + 1
    after = at + 2 + chunk_stream
    if after > len(data):
        return None
    # The low byte comes first, unlike everywhere else in RTMP but the message stream.
    return fmt, 64 + int.from_bytes(data[at + 1 : after], "little"), after


@dataclass(slots=True)
class _Sent:
    message: Message
    delta: int
    """What the timestamp field of the last header said, as a chunk of format 3 repeats it."""


class ChunkWriter:
    """Messages in, bytes out, with the shortest header that says what is new."""

    def __init__(self) -> None:
        self._chunk_bytes = DEFAULT_CHUNK_BYTES
        self._sent: dict[int, _Sent] = {}

    def resize(self, chunk_bytes: int) -> bytes:
        """The message that announces another chunk size, which holds from the next one on."""
        size = Message(Kind.CHUNK_SIZE, 0, 0, struct.pack(">I", chunk_bytes))
        announcement = self.write(size, CONTROL_CHUNK_STREAM)
        self._chunk_bytes = chunk_bytes
        return announcement

    def write(self, message: Message, chunk_stream: int) -> bytes:
        header, extended = self._header(message, chunk_stream)
        size = self._chunk_bytes
        if len(message.body) <= size:
            return header + message.body
        body = memoryview(message.body)
        again = _write_basic_header(3, chunk_stream) + extended
        pieces: list[bytes | memoryview] = [header, body[:size]]
        for at in range(size, len(body), size):
            pieces += (again, body[at : at + size])
        return b"".join(pieces)

    def _header(self, message: Message, chunk_stream: int) -> tuple[bytes, bytes]:
        fmt, stamp = self._shortest(message, self._sent.get(chunk_stream))
        self._sent[chunk_stream] = _Sent(message, stamp)
        extended = struct.pack(">I", stamp) if stamp >= EXTENDED else b""
        fields = (
            min(stamp, EXTENDED).to_bytes(3, "big")
            + len(message.body).to_bytes(3, "big")
            + bytes((message.kind,))
            + message.stream_id.to_bytes(4, "little")
        )
        basic = _write_basic_header(fmt, chunk_stream)
        return basic + fields[: _HEADER_BYTES[fmt]] + extended, extended

    def _shortest(self, message: Message, sent: _Sent | None) -> tuple[int, int]:
        """Format, and what its timestamp field says."""
        if sent is None or sent.message.stream_id != message.stream_id:
            return 0, message.timestamp
        delta = (message.timestamp - sent.message.timestamp) & _MASK
        if delta > _MASK >> 1:  # time went back, which only an absolute timestamp may say
            return 0, message.timestamp
        last = sent.message
        if (last.kind, len(last.body)) != (message.kind, len(message.body)):
            return 1, delta
        return (3 if delta == sent.delta else 2), delta


def _write_basic_header(fmt: int, chunk_stream: int) -> bytes:
    if chunk_stream < 64:
        return bytes((fmt << 6 | chunk_stream,))
    if chunk_stream < 320:
        return bytes((fmt << 6, chunk_stream - 64))
    return bytes((fmt << 6 | 1,)) + (chunk_stream - 64).to_bytes(2, "little")
