"""One publishing connection as a state machine: bytes in, replies and media out."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from manycast.media import flv
from manycast.media.errors import MediaError
from manycast.media.rtmp import commands, messages
from manycast.media.rtmp.chunks import ChunkReader, ChunkWriter
from manycast.media.rtmp.commands import Request
from manycast.media.rtmp.events import (
    Admit,
    Admitted,
    Close,
    Command,
    Deliver,
    Disconnected,
    Ended,
    Event,
    Received,
    Refused,
    Send,
)
from manycast.media.rtmp.handshake import Handshake
from manycast.media.rtmp.messages import Kind, Message
from manycast.media.rtmp.metadata import stream_info
from manycast.model.media import Media, StreamInfo
from manycast.model.refusals import RefusedError
from manycast.settings.rtmp import RtmpSettings


REPLY_CHUNK_BYTES: Final = 4096
"""Chunk size of our replies: each fits in one chunk, which the simplest clients rely on."""

_LAP: Final = 1 << 31
"""Timestamps are 32 bits, of which ffmpeg writes 31: the lower ones are right for everybody."""


@dataclass(frozen=True, slots=True)
class Statistics:
    state: str
    received_bytes: int
    delivered: int
    """Items of media."""


class _State(Enum):
    HANDSHAKE = auto()
    CONNECTING = auto()
    ASKING = auto()
    PUBLISHING = auto()
    LINGERING = auto()
    CLOSED = auto()


class Session:
    """Follows one connection from its handshake to its end."""

    def __init__(
        self, settings: RtmpSettings, *, now: float, application: str = commands.APPLICATION
    ) -> None:
        self._settings = settings
        self._application = application
        self._handshake = Handshake()
        self._reader = ChunkReader(settings)
        self._writer = ChunkWriter()
        self._state = _State.HANDSHAKE
        self._started = now
        self._last_byte = now
        self._linger_until = now
        self._connected = False
        self._streams = 0
        self._stream_id = 0
        self._clock: int | None = None
        self._info: StreamInfo | None = None
        self._received_bytes = 0
        self._acknowledged_bytes = 0
        self._window_bytes = settings.acknowledge_bytes
        self._delivered = 0

    def statistics(self) -> Statistics:
        return Statistics(self._state.name.lower(), self._received_bytes, self._delivered)

    def next_deadline(self) -> float | None:
        match self._state:
            case _State.HANDSHAKE:
                return self._started + self._settings.handshake_s
            case _State.CONNECTING | _State.ASKING:
                return self._started + self._settings.publish_s
            case _State.PUBLISHING:
                return self._last_byte + self._settings.idle_s
            case _State.LINGERING:
                return self._linger_until
            case _State.CLOSED:
                return None

    def handle_timer(self, *, now: float) -> list[Command]:
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return []
        match self._state:
            case _State.HANDSHAKE:
                reason = f"no complete handshake within {self._settings.handshake_s:g} s"
            case _State.PUBLISHING:
                reason = f"no byte for {self._settings.idle_s:g} s: check the broadcaster's network"
            case _State.LINGERING:
                self._state = _State.CLOSED
                return [Close()]
            case _:
                reason = f"no publish command within {self._settings.publish_s:g} s"
        self._state = _State.CLOSED
        return [Ended(reason, clean=False), Close()]

    def handle(self, event: Event, *, now: float) -> list[Command]:
        """React to what happened; of the bytes received in one go all media come back at once."""
        if self._state is _State.CLOSED:
            return []
        out: list[Command] = []
        try:
            self._react(event, now, out)
        except RefusedError as error:
            self._refuse(error, now, out)
        except MediaError as error:
            self._refuse(RefusedError(str(error)), now, out)
        return out

    def _react(self, event: Event, now: float, out: list[Command]) -> None:
        match event:
            case Received(data):
                self._last_byte = now
                self._receive(data, now, out)
            case Admitted():
                if self._state is _State.ASKING:  # the connection may have been refused meanwhile
                    self._start_publishing(out)
                    self._read(now, out)
            case Refused(error):
                raise error
            case Disconnected(reason):
                self._close(reason, out)

    # -- bytes

    def _receive(self, data: bytes, now: float, out: list[Command]) -> None:
        self._received_bytes += len(data)
        if self._state is _State.LINGERING:
            return
        if self._state is _State.HANDSHAKE:
            answer, data = self._handshake.receive(data)
            if answer:
                out.append(Send(answer))
            if not self._handshake.done:
                return
            self._state = _State.CONNECTING
        self._reader.feed(data)
        self._read(now, out)
        self._acknowledge(out)

    def _read(self, now: float, out: list[Command]) -> None:
        while self._state in {_State.CONNECTING, _State.PUBLISHING}:
            message = self._reader.next_message()
            if message is not None:
                self._take(message, now, out)
            if self._state is _State.CONNECTING:
                self._check_opening(self._received_bytes - self._reader.unread_bytes)
            if message is None:
                return
        waiting = self._state is _State.ASKING
        if waiting and self._reader.unread_bytes > self._settings.buffered_bytes_max:
            raise RefusedError("too much was sent while the stream key was being checked")

    def _check_opening(self, sent_bytes: int) -> None:
        if sent_bytes > self._settings.opening_bytes_max:
            raise RefusedError(f"{sent_bytes} bytes were sent before a stream key")

    def _acknowledge(self, out: list[Command]) -> None:
        if self._received_bytes - self._acknowledged_bytes >= self._window_bytes:
            self._acknowledged_bytes = self._received_bytes
            self._control(messages.acknowledgement(self._received_bytes), out)

    def _control(self, message: Message, out: list[Command]) -> None:
        out.append(Send(self._writer.write(message, messages.CONTROL_CHUNK_STREAM)))

    def _reply(self, message: Message, out: list[Command]) -> None:
        out.append(Send(self._writer.write(message, commands.CHUNK_STREAM)))

    # -- messages

    def _take(self, message: Message, now: float, out: list[Command]) -> None:
        match message.kind:
            case Kind.VIDEO | Kind.AUDIO:
                self._take_media(message, out)
            case Kind.AGGREGATE:
                for part in messages.split_aggregate(message):
                    self._take(part, now, out)
            case Kind.DATA | Kind.DATA_AMF3:
                self._take_data(message, out)
            case Kind.COMMAND | Kind.COMMAND_AMF3:
                self._obey(commands.parse(message), message.stream_id, now, out)
            case Kind.WINDOW_SIZE:
                self._window_bytes = max(1, message.u32())
            case Kind.USER_CONTROL:
                pong = messages.ping_response(message)
                if pong is not None:
                    self._control(pong, out)
            case _:
                pass  # acknowledgements and shared objects ask nothing of us

    def _take_media(self, message: Message, out: list[Command]) -> None:
        timestamp_ms = self._unwrap(message.timestamp)
        if message.kind is Kind.VIDEO:
            for video in flv.parse_videos(message.body, timestamp_ms):
                self._deliver(video, out)
        elif (audio := flv.parse_audio(message.body, timestamp_ms)) is not None:
            self._deliver(audio, out)

    def _take_data(self, message: Message, out: list[Command]) -> None:
        info = stream_info(message.values())
        if info is not None and info != self._info:  # GStreamer repeats it with every keyframe
            self._info = info
            self._deliver(info, out)

    def _deliver(self, item: Media, out: list[Command]) -> None:
        self._delivered += 1
        out.append(Deliver(item))

    def _unwrap(self, timestamp: int) -> int:
        """The time nearest to the last one, of all that end in these bits; one clock serves
        audio and video, so that a track which starts late lands in the same lap."""
        if self._clock is None:
            self._clock = timestamp
        ahead = (timestamp - self._clock) % _LAP
        self._clock += ahead if ahead < _LAP // 2 else ahead - _LAP
        return self._clock

    # -- commands

    def _obey(self, request: Request, stream_id: int, now: float, out: list[Command]) -> None:
        match request.name:
            case "connect":
                self._connect(request, out)
            case "createStream":
                self._streams += 1
                self._reply(commands.result(request, float(self._streams)), out)
            case "publish":
                self._publish(request, stream_id, out)
            case "releaseStream" | "FCPublish":
                self._reply(commands.result(request, None), out)
            case "FCUnpublish" | "deleteStream" | "closeStream":
                self._unpublish(now, out)
            case "play" | "play2":
                raise RefusedError(
                    "this server takes streams in and plays none over RTMP:"
                    " open the watch page or its HLS playlist",
                    "NetStream.Play.Failed",
                )
            case "_result" | "_error" | "onStatus":
                pass  # answers, and answering answers would go round
            case _ if request.transaction:
                self._reply(
                    commands.error(request, "NetConnection.Call.Failed", "Unknown command."), out
                )
            case _:
                pass  # a notification

    def _connect(self, request: Request, out: list[Command]) -> None:
        if commands.application(request) != self._application:
            # What was asked for is not repeated: some put the stream key there.
            text = f"publish to rtmp://HOST/{self._application} with the stream key as its name"
            code = "NetConnection.Connect.InvalidApp"
            self._reply(commands.error(request, code, text), out)
            raise RefusedError(f"wrong application: {text}", code)
        self._connected = True
        self._control(messages.window_size(self._settings.acknowledge_bytes), out)
        self._control(messages.peer_bandwidth(self._settings.acknowledge_bytes), out)
        out.append(Send(self._writer.resize(REPLY_CHUNK_BYTES)))
        self._reply(commands.connected(request), out)

    def _publish(self, request: Request, stream_id: int, out: list[Command]) -> None:
        if not self._connected:
            raise RefusedError("publish before connect")
        if self._state is _State.PUBLISHING:
            raise RefusedError("this connection already publishes: open another one")
        key = request.text(1).partition("?")[0]
        self._stream_id = stream_id
        if not key:
            raise RefusedError("no stream key: set one in the encoder", "NetStream.Publish.BadName")
        self._state = _State.ASKING
        out.append(Admit(key))

    def _start_publishing(self, out: list[Command]) -> None:
        self._state = _State.PUBLISHING
        self._reader.admit_media()
        self._control(messages.stream_begin(self._stream_id), out)
        self._reply(
            commands.status("status", "NetStream.Publish.Start", "Publishing.", self._stream_id),
            out,
        )

    def _unpublish(self, now: float, out: list[Command]) -> None:
        if self._state is not _State.PUBLISHING:
            return
        self._reply(
            commands.status(
                "status", "NetStream.Unpublish.Success", "The stream has ended.", self._stream_id
            ),
            out,
        )
        self._linger(now + self._settings.linger_s)
        out.append(Ended("the broadcaster stopped the stream", clean=True))

    # -- endings

    def _refuse(self, error: RefusedError, now: float, out: list[Command]) -> None:
        if self._state is _State.LINGERING:
            return
        if self._state is _State.HANDSHAKE:
            self._close(str(error), out)
            return
        published = self._state is _State.PUBLISHING
        self._reply(commands.status("error", error.code, str(error), self._stream_id), out)
        self._linger(now + (self._settings.linger_s if published else self._settings.refusal_s))
        out.append(Ended(str(error), clean=False))

    def _linger(self, until: float) -> None:
        self._state = _State.LINGERING
        self._linger_until = until

    def _close(self, reason: str, out: list[Command]) -> None:
        if self._state is not _State.LINGERING:
            # A probe that only connects has not begun anything that could break off.
            out.append(Ended(reason, clean=not self._received_bytes))
        out.append(Close())
        self._state = _State.CLOSED
