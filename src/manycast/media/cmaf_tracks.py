"""What an init segment says of its tracks (ISO 14496-12 section 8, 14496-14, 14496-15)."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from manycast.media import aac, av1, avc, hevc, opus
from manycast.media.bits import BitReader
from manycast.media.cmaf_init import DECODER_SPECIFIC_TAG, DECODER_TAG, ES_TAG
from manycast.media.errors import MalformedError, UnsupportedError
from manycast.model.media import AudioConfig, VideoConfig


BOX_HEAD_BYTES: Final = 8
_CONTAINERS: Final = frozenset({b"mdia", b"minf", b"stbl"})
_FULL_BOX_BYTES: Final = 4
_VIDEO_ENTRY_BYTES: Final = 78
_AUDIO_ENTRY_BYTES: Final = 28
_DECODER_BYTES: Final = 13
"""Of a DecoderConfigDescriptor before the descriptors in it."""

Parse = Callable[[bytes], VideoConfig | AudioConfig]


def _elementary(body: bytes) -> AudioConfig:
    """From the body of an esds box."""
    stream = _descriptor(body[_FULL_BOX_BYTES:], ES_TAG)[3:]
    decoder = _descriptor(stream, DECODER_TAG)
    return aac.config(_descriptor(decoder[_DECODER_BYTES:], DECODER_SPECIFIC_TAG))


_ENTRIES: Final[dict[bytes, tuple[int, bytes, Parse]]] = {
    b"avc1": (_VIDEO_ENTRY_BYTES, b"avcC", avc.config),
    b"hvc1": (_VIDEO_ENTRY_BYTES, b"hvcC", hevc.config),
    b"av01": (_VIDEO_ENTRY_BYTES, b"av1C", av1.config),
    b"mp4a": (_AUDIO_ENTRY_BYTES, b"esds", _elementary),
    b"Opus": (_AUDIO_ENTRY_BYTES, b"dOps", opus.config),
}
"""By sample entry: the bytes before the boxes in it, the box that tells how to decode, and its reader."""


@dataclass(frozen=True, slots=True)
class Track:
    number: int
    timescale: int
    """Units per second of its times."""
    config: VideoConfig | AudioConfig


def boxes(data: bytes, at: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """Type and body of each box from a position on; raises MalformedError."""
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if not BOX_HEAD_BYTES <= size <= len(data) - at:
            raise MalformedError(f"a box of {size} bytes in {len(data) - at}")
        yield data[at + 4 : at + BOX_HEAD_BYTES], data[at + BOX_HEAD_BYTES : at + size]
        at += size


def tracks(moov: bytes) -> list[Track]:
    """Of the body of a moov box; raises MediaError."""
    return [_track(body) for kind, body in boxes(moov) if kind == b"trak"]


def _track(trak: bytes) -> Track:
    found = dict(_flat(trak))
    try:
        number, timescale = _version(found[b"tkhd"], 12, 20), _version(found[b"mdhd"], 12, 20)
        config = _entry(found[b"stsd"])
    except KeyError as missing:
        raise MalformedError(f"a track without {missing}") from None
    except struct.error:
        raise MalformedError("a track's description is cut short") from None
    if not timescale:
        raise MalformedError("a track whose time does not pass")
    return Track(number, timescale, config)


def _flat(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    for kind, inner in boxes(body):
        if kind in _CONTAINERS:
            yield from _flat(inner)
        else:
            yield kind, inner


def _version(body: bytes, short: int, long: int) -> int:
    """The number that times of 32 bits (version 0) or 64 (version 1) come before."""
    return int(struct.unpack_from(">I", body, long if body[:1] == b"\x01" else short)[0])


def _entry(stsd: bytes) -> VideoConfig | AudioConfig:
    for kind, body in boxes(stsd, _FULL_BOX_BYTES + 4):
        if kind not in _ENTRIES:
            raise UnsupportedError(f"a track of {kind!r} is not carried")
        fields, wanted, parse = _ENTRIES[kind]
        for inner, record in boxes(body, fields):
            if inner == wanted:
                return parse(record)
        raise MalformedError(f"a sample entry {kind!r} without {wanted!r}")
    raise MalformedError("a track without a sample entry")


def _descriptor(data: bytes, tag: int) -> bytes:
    """The body of a descriptor (ISO 14496-1 8.3.3), which has one of this tag at its beginning."""
    bits = BitReader(data)
    if bits.read(8) != tag:
        raise MalformedError(f"an elementary stream without descriptor {tag}")
    size = 0
    for _ in range(4):
        more, low = bits.flag(), bits.read(7)
        size = size << 7 | low
        if not more:
            break
    return bits.take(size)
