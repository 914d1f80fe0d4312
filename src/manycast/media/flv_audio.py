"""Bodies of FLV and RTMP audio tags, legacy and enhanced, to values."""

from manycast.media import aac, opus
from manycast.media.errors import MalformedError, UnsupportedError
from manycast.media.flv_tracks import played_track
from manycast.model.media import AudioConfig, AudioFrame


AAC_ID = 10
ENHANCED_ID = 9
LEGACY_CODECS = {
    0: "PCM",
    1: "ADPCM",
    2: "MP3",
    3: "PCM",
    4: "Nellymoser",
    5: "Nellymoser",
    6: "Nellymoser",
    7: "G.711 A-law",
    8: "G.711 mu-law",
    11: "Speex",
    14: "MP3",
    15: "device-specific sound",
}
OTHER_FOURCCS = {b"ac-3": "AC-3", b"ec-3": "E-AC-3", b".mp3": "MP3", b"fLaC": "FLAC"}
CONFIGS = {b"mp4a": aac.config, b"Opus": opus.config_from_header}

SEQUENCE_START = 0
CODED_FRAMES = 1
MULTITRACK = 5
IGNORED_PACKETS = frozenset({2, 4})
"""Sequence end and speaker layouts, which the codec's own header repeats."""

Audio = AudioConfig | AudioFrame


def parse_audio(body: bytes, timestamp_ms: int) -> Audio | None:
    """None means nothing to play; anything unusable is a MediaError."""
    if not body:
        return None
    sound_format = body[0] >> 4
    if sound_format == ENHANCED_ID:
        return _parse_enhanced(body, timestamp_ms)
    if sound_format != AAC_ID:
        raise _unsupported(LEGACY_CODECS.get(sound_format, f"sound format {sound_format}"))
    packet_type = body[1] if len(body) > 1 else -1
    if packet_type == CODED_FRAMES:
        return AudioFrame(timestamp_ms, body[2:]) if len(body) > 2 else None
    if packet_type == SEQUENCE_START:
        # ffmpeg copying from MPEG-TS begins with an empty one and knows the true one a frame later.
        return aac.config(body[2:]) if len(body) > 2 else None
    raise MalformedError(f"an AAC tag of packet type {packet_type}")


def _parse_enhanced(body: bytes, timestamp_ms: int) -> Audio | None:
    track = played_track(body, MULTITRACK)
    if track is None or not track.data:
        return None
    packet_type, fourcc, data, _ = track
    if fourcc not in CONFIGS:
        raise _unsupported(OTHER_FOURCCS.get(fourcc, f"FourCC {fourcc!r}"))
    if packet_type == CODED_FRAMES:
        return AudioFrame(timestamp_ms, data)
    if packet_type == SEQUENCE_START:
        return CONFIGS[fourcc](data)
    if packet_type not in IGNORED_PACKETS:
        raise MalformedError(f"an audio tag of packet type {packet_type}")
    return None


def _unsupported(codec: str) -> UnsupportedError:
    return UnsupportedError(
        f"audio in {codec} is not carried: choose AAC or Opus in the broadcaster's output"
    )
