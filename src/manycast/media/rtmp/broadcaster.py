"""The other side of the wire: what a broadcaster sends, for tests and measurements."""

from manycast.media import amf0
from manycast.media.amf0 import Value
from manycast.media.rtmp import commands
from manycast.media.rtmp.chunks import ChunkWriter
from manycast.media.rtmp.handshake import BLOCK_BYTES, VERSION
from manycast.media.rtmp.messages import Kind, Message


AUDIO_CHUNK_STREAM = 4
VIDEO_CHUNK_STREAM = 6
STREAM_ID = 1


class Broadcaster:
    """Bytes of one publishing connection; it never waits for an answer, as none is needed."""

    def __init__(self) -> None:
        self._writer = ChunkWriter()

    def handshake(self) -> bytes:
        return bytes((VERSION,)) + bytes(2 * BLOCK_BYTES)

    def connect(self, application: str = commands.APPLICATION, **extra: Value) -> bytes:
        return self.command("connect", 1, {"app": application, **extra})

    def publish(self, key: str) -> bytes:
        return (
            self.command("releaseStream", 2, None, key)
            + self.command("FCPublish", 3, None, key)
            + self.command("createStream", 4, None)
            + self.command("publish", 5, None, key, "live")
        )

    def opening(self, key: str) -> bytes:
        return self.handshake() + self.connect() + self.publish(key)

    def goodbye(self, key: str) -> bytes:
        return self.command("FCUnpublish", 6, None, key) + self.command(
            "deleteStream", 7, None, float(STREAM_ID)
        )

    def command(self, name: str, transaction: float, *arguments: Value) -> bytes:
        message = commands.command(name, transaction, *arguments, stream_id=STREAM_ID)
        return self._writer.write(message, commands.CHUNK_STREAM)

    def metadata(self, properties: dict[str, Value]) -> bytes:
        body = amf0.encode("@setDataFrame", "onMetaData", amf0.EcmaArray(properties))
        return self._writer.write(Message(Kind.DATA, 0, STREAM_ID, body), AUDIO_CHUNK_STREAM)

    def video(self, timestamp: int, body: bytes) -> bytes:
        message = Message(Kind.VIDEO, timestamp, STREAM_ID, body)
        return self._writer.write(message, VIDEO_CHUNK_STREAM)

    def audio(self, timestamp: int, body: bytes) -> bytes:
        message = Message(Kind.AUDIO, timestamp, STREAM_ID, body)
        return self._writer.write(message, AUDIO_CHUNK_STREAM)

    def resize(self, chunk_bytes: int) -> bytes:
        """Announce a chunk size, which holds for all that follows."""
        return self._writer.resize(chunk_bytes)
