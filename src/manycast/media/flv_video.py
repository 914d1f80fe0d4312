"""Bodies of FLV and RTMP video tags, legacy and enhanced, to values."""

from manycast.media import av1, avc, hevc
from manycast.media.errors import MalformedError, MediaError, UnsupportedError
from manycast.media.flv_tracks import MODIFIER_PACKET, PLAYED_TRACK, Track, played_track, tracks
from manycast.model.media import TrackMedia, Unplayable, VideoConfig, VideoFrame


KEY_FRAME = 1
COMMAND_FRAME = 5
AVC_ID = 7
LEGACY_CODECS = {
    1: "JPEG",
    2: "Sorenson H.263",
    3: "Screen Video",
    4: "VP6",
    5: "VP6 with alpha",
    6: "Screen Video 2",
    12: "HEVC by an unofficial codec id",
}
OTHER_FOURCCS = {b"vp08": "VP8", b"vp09": "VP9", b"vvc1": "VVC"}
CONFIGS = {b"avc1": avc.config, b"hvc1": hevc.config, b"av01": av1.config}

ENHANCED = 0x80
SEQUENCE_START = 0
CODED_FRAMES = 1
CODED_FRAMES_UNSHIFTED = 3
MULTITRACK = 6
IGNORED_PACKETS = frozenset({2, 4, 5})
"""Sequence end, metadata (HDR colour, which the bitstream repeats) and MPEG-2 TS starts."""

CTS_MS_MAX = 60_000
"""A frame shown a minute after it is decoded is a broken timestamp, not a B-frame delay."""

Video = VideoConfig | VideoFrame


def parse_videos(body: bytes, timestamp_ms: int) -> list[Video | TrackMedia]:
    """All that a tag of several tracks brings; what is unusable is a MediaError on track 0 only."""
    if not body or body[0] & 0x0F not in {MULTITRACK, MODIFIER_PACKET} or not body[0] & ENHANCED:
        item = parse_video(body, timestamp_ms)
        return [] if item is None else [item]
    found: list[Video | TrackMedia] = []
    if body[0] >> 4 & 7 == COMMAND_FRAME:
        return found
    key = body[0] >> 4 & 7 == KEY_FRAME
    for track in tracks(body, MULTITRACK):
        played = track.number == PLAYED_TRACK
        parse = _parse_track if played else _parse_further
        one = parse(track, timestamp_ms, key=key)
        if one is not None:
            found.append(one)
    return found


def parse_video(body: bytes, timestamp_ms: int) -> Video | None:
    """Of track 0: None means nothing to play; anything unusable is a MediaError."""
    if not body:
        return None
    first = body[0]
    if first >> 4 & 7 == COMMAND_FRAME:
        return None
    if first & ENHANCED:
        track = played_track(body, MULTITRACK)
        return track and _parse_track(track, timestamp_ms, key=first >> 4 & 7 == KEY_FRAME)
    if first & 0x0F != AVC_ID:
        raise _unsupported(LEGACY_CODECS.get(first & 0x0F, f"codec id {first & 0x0F}"))
    packet_type = body[1] if len(body) > 1 else -1
    if packet_type == CODED_FRAMES:
        return _shifted(body, 2, timestamp_ms, first >> 4 == KEY_FRAME)
    if packet_type == SEQUENCE_START:
        return avc.config(body[5:])
    _check_ignored(packet_type)
    return None


def _parse_further(track: Track, timestamp_ms: int, *, key: bool) -> TrackMedia | None:
    """A track that cannot be carried is left out, and the others go on."""
    try:
        item = _parse_track(track, timestamp_ms, key=key)
    except MediaError as error:
        if track.packet_type != SEQUENCE_START:
            return None  # its beginning told
        return TrackMedia(track.number, Unplayable(str(error)))
    return None if item is None else TrackMedia(track.number, item)


def _parse_track(track: Track, timestamp_ms: int, *, key: bool) -> Video | None:
    packet_type, fourcc, data, _ = track
    if not data:
        return None
    if fourcc not in CONFIGS:
        raise _unsupported(OTHER_FOURCCS.get(fourcc, f"FourCC {fourcc!r}"))
    if packet_type == SEQUENCE_START:
        return CONFIGS[fourcc](data)
    if packet_type == CODED_FRAMES and fourcc != b"av01":
        return _shifted(data, 0, timestamp_ms, key)
    if packet_type in {CODED_FRAMES, CODED_FRAMES_UNSHIFTED}:
        if fourcc == b"av01":
            data = data.removeprefix(av1.TEMPORAL_DELIMITER)
        return VideoFrame(timestamp_ms, 0, key, data) if data else None
    _check_ignored(packet_type)
    return None


def _shifted(data: bytes, at: int, timestamp_ms: int, key: bool) -> VideoFrame | None:
    """A frame behind its 24-bit composition time.

    Negative ones are clamped: a frame cannot be shown before it is decoded, and a tag alone does
    not tell by how much the publisher shifted all the others."""
    if len(data) < at + 3:
        raise MalformedError(f"a video tag ends {at + 3 - len(data)} bytes before its frame")
    cts_ms = int.from_bytes(data[at : at + 3], "big", signed=True)
    if cts_ms > CTS_MS_MAX:
        raise MalformedError(f"a composition time of {cts_ms} ms (at most {CTS_MS_MAX})")
    frame = data[at + 3 :]
    return VideoFrame(timestamp_ms, max(0, cts_ms), key, frame) if frame else None


def _check_ignored(packet_type: int) -> None:
    if packet_type not in IGNORED_PACKETS:
        raise MalformedError(f"a video tag of packet type {packet_type}")


def _unsupported(codec: str) -> UnsupportedError:
    return UnsupportedError(
        f"video in {codec} is not carried: choose H.264, HEVC or AV1 in the broadcaster's output"
    )
