"""The publishing side of one RTMP connection: bytes and media in, bytes and news out."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from manycast.media import amf0, flv_writer
from manycast.media.amf0 import Value
from manycast.media.errors import MalformedError
from manycast.media.rtmp import commands, messages
from manycast.media.rtmp.chunks import ChunkReader, ChunkWriter
from manycast.media.rtmp.commands import Request
from manycast.media.rtmp.handshake import BLOCK_BYTES, VERSION
from manycast.media.rtmp.messages import Kind, Message
from manycast.model.media import AudioCodec, AudioConfig, VideoCodec, VideoConfig
from manycast.settings.rtmp import RtmpSettings


CHUNK_BYTES: Final = 4096
"""What OBS uses: known to be taken everywhere."""
AUDIO_CHUNK_STREAM: Final = 4
VIDEO_CHUNK_STREAM: Final = 6
TEXT_CHARACTERS_MAX: Final = 300
"""Of what a server says: it ends up in logs and pages."""

_CONNECT, _RELEASE, _FC_PUBLISH, _CREATE, _PUBLISH, _FC_UNPUBLISH, _DELETE = range(1, 8)
"""Transaction numbers."""
_HELLO: Final = bytes((VERSION,)) + bytes(8) + bytes(range(256)) * 5 + bytes(range(248))


@dataclass(frozen=True, slots=True)
class Target:
    """Where on a server to publish."""

    application: str
    url: str
    """With scheme, host and application, as the server wants it repeated (tcUrl)."""
    key: str


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes for the server."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """Media may follow."""


@dataclass(frozen=True, slots=True)
class Denied:
    """The server refuses, or ends the stream; nothing more will be taken."""

    code: str
    text: str


News = Reply | Accepted | Denied


class _State(Enum):
    SHAKING = auto()
    CONNECTING = auto()
    CREATING = auto()
    ASKING = auto()
    PUBLISHING = auto()
    OVER = auto()


class Publisher:
    """Greets, connects and publishes; then turns media into chunks.

    ``codecs`` are those that only enhanced RTMP carries; with none, ``connect`` is that of old encoders.
    """

    def __init__(self, target: Target, codecs: tuple[str, ...] = ()) -> None:
        self._target = target
        self._codecs = codecs
        self._state = _State.SHAKING
        self._shaken = bytearray()
        self._echoed = False
        self._reader = ChunkReader(RtmpSettings())
        self._reader.admit_media()  # some servers send data messages of their own
        self._writer = ChunkWriter()
        self._stream_id = 0
        self._received = 0
        self._acknowledged = 0
        self._window = RtmpSettings().acknowledge_bytes

    # The dialogue

    def hello(self) -> bytes:
        return _HELLO

    def receive(self, data: bytes) -> list[News]:
        """Raises MalformedError when the other side does not speak RTMP."""
        news: list[News] = []
        self._received += len(data)
        if self._state is _State.SHAKING:
            data = self._shake(data, news)
        if self._state not in {_State.SHAKING, _State.OVER}:
            self._reader.feed(data)
            while (message := self._reader.next_message()) is not None:
                news += self._take(message)
            news += self._acknowledge()
        return news

    def goodbye(self) -> bytes:
        """Say that the stream is over, so that the server does not wait for it to come back."""
        if self._state is not _State.PUBLISHING:
            return b""
        self._state = _State.OVER
        unpublish = self._command("FCUnpublish", _FC_UNPUBLISH, None, self._target.key)
        return unpublish + self._command("deleteStream", _DELETE, None, float(self._stream_id))

    def _shake(self, data: bytes, news: list[News]) -> bytes:
        """The rest of the data, behind the handshake."""
        self._shaken += data
        if self._shaken and self._shaken[0] != VERSION:
            raise MalformedError(
                f"this is no RTMP server (it answers with byte {self._shaken[0]}): check the address"
            )
        if not self._echoed and len(self._shaken) > BLOCK_BYTES:
            self._echoed = True
            news.append(Reply(bytes(self._shaken[1 : 1 + BLOCK_BYTES])))
        if len(self._shaken) < 1 + 2 * BLOCK_BYTES:
            return b""
        rest = bytes(self._shaken[1 + 2 * BLOCK_BYTES :])
        self._shaken.clear()
        self._state = _State.CONNECTING
        news.append(Reply(self._writer.resize(CHUNK_BYTES) + self._connect()))
        return rest

    def _connect(self) -> bytes:
        about: dict[str, Value] = {
            "app": self._target.application,
            "type": "nonprivate",
            "flashVer": "FMLE/3.0 (compatible; manycast)",
            "swfUrl": self._target.url,
            "tcUrl": self._target.url,
        }
        if self._codecs:
            about["fourCcList"] = list[Value](self._codecs)
        return self._command("connect", _CONNECT, about)

    def _command(self, name: str, transaction: int, *arguments: Value) -> bytes:
        on_stream = name in {"publish", "FCUnpublish", "deleteStream"}
        message = commands.command(
            name, float(transaction), *arguments, stream_id=self._stream_id if on_stream else 0
        )
        return self._writer.write(message, commands.CHUNK_STREAM)

    def _acknowledge(self) -> Iterator[News]:
        if self._received - self._acknowledged >= self._window:
            self._acknowledged = self._received
            yield self._control(messages.acknowledgement(self._received))

    def _control(self, message: Message) -> Reply:
        return Reply(self._writer.write(message, messages.CONTROL_CHUNK_STREAM))

    # What the server says

    def _take(self, message: Message) -> Iterator[News]:
        match message.kind:
            case Kind.COMMAND | Kind.COMMAND_AMF3:
                yield from self._obey(commands.parse(message))
            case Kind.WINDOW_SIZE:
                self._window = max(1, message.u32())
            case Kind.USER_CONTROL:
                pong = messages.ping_response(message)
                if pong is not None:
                    yield self._control(pong)
            case _:
                pass  # acknowledgements, bandwidth, data: nothing that a publisher has to answer

    def _obey(self, said: Request) -> Iterator[News]:
        match said.name:
            case "_result" if said.transaction == _CONNECT and self._state is _State.CONNECTING:
                yield self._connected(said)
            case "_result" if said.transaction == _CREATE and self._state is _State.CREATING:
                yield self._created(said)
            case "_error" if said.transaction in {_CONNECT, _CREATE, _PUBLISH}:
                yield self._denied(said)
            case "onStatus" if said.properties(1).get("level") == "error":
                yield self._denied(said)
            case "onStatus" if said.properties(1).get("code") == "NetStream.Publish.Start":
                if self._state is _State.ASKING:
                    self._state = _State.PUBLISHING
                    yield Accepted()
            case "close":
                yield self._denied(said)
            case _:
                pass  # bandwidth checks, answers to what need not be answered

    def _connected(self, said: Request) -> News:
        told = {**said.properties(0), **said.properties(1)}
        listed = told.get("fourCcList")
        known = listed if isinstance(listed, list) else told.get("videoFourCcInfoMap")
        if self._codecs and isinstance(known, list | dict) and "*" not in known:
            missing = [codec for codec in self._codecs if codec not in known]
            if missing:
                self._state = _State.OVER
                return Denied("", f"it does not take {', '.join(missing)}: choose H.264 and AAC")
        self._state = _State.CREATING
        return Reply(
            self._command("releaseStream", _RELEASE, None, self._target.key)
            + self._command("FCPublish", _FC_PUBLISH, None, self._target.key)
            + self._command("createStream", _CREATE, None)
        )

    def _created(self, said: Request) -> News:
        number = said.arguments[1] if len(said.arguments) > 1 else None
        if not isinstance(number, float) or not 0 <= number <= 0xFFFFFFFF:
            raise MalformedError("RTMP: the server made a stream without a number")
        self._stream_id = int(number)
        self._state = _State.ASKING
        return Reply(self._command("publish", _PUBLISH, None, self._target.key, "live"))

    def _denied(self, said: Request) -> Denied:
        self._state = _State.OVER
        about = said.properties(1)
        code, text = (str(about.get(name, "")) for name in ("code", "description"))
        return Denied(code, (text or code or "without saying why")[:TEXT_CHARACTERS_MAX])

    # Media

    def metadata(self, properties: amf0.EcmaArray) -> bytes:
        body = amf0.encode("@setDataFrame", "onMetaData", properties)
        return self._writer.write(Message(Kind.DATA, 0, self._stream_id, body), AUDIO_CHUNK_STREAM)

    def media(
        self,
        item: flv_writer.Taggable,
        timestamp_ms: int,
        codec: VideoCodec | AudioCodec | None = None,
    ) -> bytes:
        """``codec`` is that of a frame; timestamps wrap around after 49 days."""
        kind, prefix, payload = flv_writer.body(item, codec)
        chunk_stream = VIDEO_CHUNK_STREAM if kind == flv_writer.VIDEO_TAG else AUDIO_CHUNK_STREAM
        message = Message(Kind(kind), timestamp_ms & 0xFFFFFFFF, self._stream_id, prefix + payload)
        return self._writer.write(message, chunk_stream)


def enhanced(video: VideoConfig, audio: AudioConfig | None) -> tuple[str, ...]:
    """The codecs that RTMP as it was does not know."""
    found = [] if video.codec is VideoCodec.AVC else [video.codec.value]
    if audio is not None and audio.codec is not AudioCodec.AAC:
        found.append(audio.codec.value)
    return tuple(found)
