"""FLV: tag bodies to values, values to tags, and the stream that ffmpeg writes."""

from manycast.media.errors import MalformedError
from manycast.media.flv_audio import parse_audio
from manycast.media.flv_video import parse_video, parse_videos
from manycast.media.flv_writer import AUDIO_TAG, TAG_HEADER_BYTES, VIDEO_TAG, header, tag
from manycast.model.media import Media


__all__ = ["Demuxer", "header", "parse_audio", "parse_video", "parse_videos", "tag"]

SIGNATURE = b"FLV\x01"
HEADER_BYTES = 9
HEADER_BYTES_MAX = 64
PREVIOUS_SIZE_BYTES = 4
TAG_BYTES_MAX = 8 << 20
"""A keyframe of 2160p at 100 Mbit/s stays below 4 MB; what is longer is not a tag."""


class Demuxer:
    """Takes an FLV stream in any pieces; bytes that are no FLV are a MalformedError."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._started = False

    def feed(self, data: bytes) -> list[Media]:
        self._buffer += data
        if not self._started:
            self._started = self._skip_header()
        if not self._started:
            return []
        found: list[Media] = []
        at = 0
        while (end := self._tag_end(at)) <= len(self._buffer):
            item = self._parse(at, end)
            if item is not None:
                found.append(item)
            at = end
        del self._buffer[:at]
        return found

    def _skip_header(self) -> bool:
        buffer = self._buffer
        if not buffer.startswith(SIGNATURE[: len(buffer)]):
            raise MalformedError(f"an FLV stream that begins with {buffer[:4].hex()}")
        if len(buffer) < HEADER_BYTES:
            return False
        size = int.from_bytes(buffer[5:9], "big")
        if not HEADER_BYTES <= size <= HEADER_BYTES_MAX:
            raise MalformedError(f"an FLV header of {size} bytes")
        if len(buffer) < size + PREVIOUS_SIZE_BYTES:
            return False
        del buffer[: size + PREVIOUS_SIZE_BYTES]
        return True

    def _tag_end(self, at: int) -> int:
        """Where the tag at a position ends; past the buffer while its length is not known."""
        if len(self._buffer) < at + TAG_HEADER_BYTES:
            return len(self._buffer) + 1
        size = int.from_bytes(self._buffer[at + 1 : at + 4], "big")
        if size > TAG_BYTES_MAX:
            raise MalformedError(f"an FLV tag of {size} bytes (at most {TAG_BYTES_MAX})")
        return at + TAG_HEADER_BYTES + size + PREVIOUS_SIZE_BYTES

    def _parse(self, at: int, end: int) -> Media | None:
        kind = self._buffer[at]
        low = int.from_bytes(self._buffer[at + 4 : at + 7], "big")
        timestamp_ms = self._buffer[at + 7] << 24 | low
        body = bytes(self._buffer[at + TAG_HEADER_BYTES : end - PREVIOUS_SIZE_BYTES])
        if kind == VIDEO_TAG:
            return parse_video(body, timestamp_ms)
        if kind == AUDIO_TAG:
            return parse_audio(body, timestamp_ms)
        return None  # script data: ffmpeg's statistics
