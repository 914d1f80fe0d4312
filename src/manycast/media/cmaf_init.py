"""The init segment: ftyp and moov of one video and one audio track (ISO 14496-12, 14496-14)."""

import struct

from manycast.media.boxes import box, full_box
from manycast.model.media import AudioCodec, AudioConfig, VideoCodec, VideoConfig


VIDEO_TRACK = 1
AUDIO_TRACK = 2
VIDEO_TIMESCALE = 1000
MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
"""Unity: no rotation, no scaling."""

UNDETERMINED_LANGUAGE = 0x55C4
DPI_72 = 0x480000
DEPTH_24 = 0x18
CONFIG_BOXES = {VideoCodec.AVC: b"avcC", VideoCodec.HEVC: b"hvcC", VideoCodec.AV1: b"av1C"}
FILE_TYPE = box(b"ftyp", b"iso6", bytes(4), b"iso6", b"cmfc", b"mp41")
SELF_CONTAINED = 1

SAMPLE_RATE_MAX = 0xFFFF
"""The sample entry has 16 bits for it; 0 stands for more, the codec's own header says how many."""

ES_TAG, DECODER_TAG, DECODER_SPECIFIC_TAG, SYNC_TAG = 3, 4, 5, 6
AAC_OBJECT = 0x40
AUDIO_STREAM = 0x15
MP4_SYNC = b"\x02"


def init_segment(video: VideoConfig, audio: AudioConfig) -> bytes:
    return FILE_TYPE + box(
        b"moov", _movie_header(), _video_track(video), _audio_track(audio), _extends()
    )


def _movie_header() -> bytes:
    times = struct.pack(">4I", 0, 0, VIDEO_TIMESCALE, 0)
    rate_and_volume = struct.pack(">IHHII", 0x10000, 0x100, 0, 0, 0)
    next_track = struct.pack(">I", AUDIO_TRACK + 1)
    return full_box(b"mvhd", 0, 0, times, rate_and_volume, MATRIX, bytes(24), next_track)


def _extends() -> bytes:
    tracks = (
        full_box(b"trex", 0, 0, struct.pack(">5I", track, 1, 0, 0, 0))
        for track in (VIDEO_TRACK, AUDIO_TRACK)
    )
    return box(b"mvex", *tracks)


def _video_track(config: VideoConfig) -> bytes:
    header = _track_header(VIDEO_TRACK, 0, config.width, config.height)
    media_header = full_box(b"vmhd", 0, 1, bytes(8))
    media = _media(VIDEO_TIMESCALE, b"vide", media_header, _video_entry(config))
    return box(b"trak", header, media)


def _audio_track(config: AudioConfig) -> bytes:
    header = _track_header(AUDIO_TRACK, 0x100, 0, 0)
    media_header = full_box(b"smhd", 0, 0, bytes(4))
    media = _media(config.sample_rate, b"soun", media_header, _audio_entry(config))
    return box(b"trak", header, media)


def _track_header(track: int, volume: int, width: int, height: int) -> bytes:
    enabled_in_movie = 3
    identity = struct.pack(">5I", 0, 0, track, 0, 0)
    layout = struct.pack(">IIHHHH", 0, 0, 0, 0, volume, 0)
    size = struct.pack(">II", width << 16, height << 16)
    return full_box(b"tkhd", 0, enabled_in_movie, identity, layout, MATRIX, size)


def _media(timescale: int, kind: bytes, media_header: bytes, entry: bytes) -> bytes:
    times = struct.pack(">4IHH", 0, 0, timescale, 0, UNDETERMINED_LANGUAGE, 0)
    handler = full_box(b"hdlr", 0, 0, bytes(4), kind, bytes(12), b"manycast\0")
    here = full_box(b"url ", 0, SELF_CONTAINED)
    references = full_box(b"dref", 0, 0, struct.pack(">I", 1), here)
    information = box(b"minf", media_header, box(b"dinf", references), _sample_table(entry))
    return box(b"mdia", full_box(b"mdhd", 0, 0, times), handler, information)


def _sample_table(entry: bytes) -> bytes:
    """The description and four empty tables: the samples are in the fragments."""
    return box(
        b"stbl",
        full_box(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full_box(b"stts", 0, 0, bytes(4)),
        full_box(b"stsc", 0, 0, bytes(4)),
        full_box(b"stsz", 0, 0, bytes(8)),
        full_box(b"stco", 0, 0, bytes(4)),
    )


def _video_entry(config: VideoConfig) -> bytes:
    size = struct.pack(">HHIIIH", config.width, config.height, DPI_72, DPI_72, 0, 1)
    reference = struct.pack(">6xH16x", 1)
    depth = struct.pack(">32xHh", DEPTH_24, -1)
    record = box(CONFIG_BOXES[config.codec], config.record)
    return box(config.codec.encode(), reference, size, depth, record)


def _audio_entry(config: AudioConfig) -> bytes:
    rate = config.sample_rate if config.sample_rate <= SAMPLE_RATE_MAX else 0
    fields = struct.pack(">6xH8xHH4xI", 1, config.channels, 16, rate << 16)
    if config.codec == AudioCodec.OPUS:
        return box(b"Opus", fields, box(b"dOps", config.record))
    return box(b"mp4a", fields, _elementary_stream(config.record))


def _elementary_stream(specific_config: bytes) -> bytes:
    specific = _descriptor(DECODER_SPECIFIC_TAG, specific_config)
    bitrates_unknown = bytes(3 + 4 + 4)
    decoder = _descriptor(
        DECODER_TAG, bytes((AAC_OBJECT, AUDIO_STREAM)), bitrates_unknown, specific
    )
    stream = _descriptor(
        ES_TAG, struct.pack(">HB", AUDIO_TRACK, 0), decoder, _descriptor(SYNC_TAG, MP4_SYNC)
    )
    return full_box(b"esds", 0, 0, stream)


def _descriptor(tag: int, *contents: bytes) -> bytes:
    """Length in the four-byte form of ISO 14496-1 8.3.3, which every reader knows."""
    body = b"".join(contents)
    size = len(body)
    lengths = (0x80 | size >> 21, 0x80 | size >> 14 & 0x7F, 0x80 | size >> 7 & 0x7F, size & 0x7F)
    return bytes((tag, *lengths)) + body
