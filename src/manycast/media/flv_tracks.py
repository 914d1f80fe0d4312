"""Enhanced RTMP: from an extended tag header to the bytes of each track (E-RTMP v2)."""

from collections.abc import Iterator
from typing import NamedTuple

from manycast.media.errors import MalformedError


MODIFIER_PACKET = 7
ONE_TRACK = 0
MANY_TRACKS_MANY_CODECS = 2
LONG_MODIFIER_BYTES = 256
PLAYED_TRACK = 0
"""The default track; publishers of one picture in several qualities number the others from 1."""


class Track(NamedTuple):
    packet_type: int
    fourcc: bytes
    data: bytes
    number: int = PLAYED_TRACK


def played_track(body: bytes, multitrack_packet: int) -> Track | None:
    """Track 0 of an extended audio or video tag; None when the tag is about others only."""
    found = tracks(body, multitrack_packet)
    return next((track for track in found if track.number == PLAYED_TRACK), None)


def tracks(body: bytes, multitrack_packet: int) -> Iterator[Track]:
    """Every track of an extended audio or video tag, in the order they were sent."""
    packet_type, at = body[0] & 0x0F, 1
    while packet_type == MODIFIER_PACKET:
        packet_type, at = _skip_modifier(body, at)
    if packet_type != multitrack_packet:
        yield Track(packet_type, _slice(body, at, 4), body[at + 4 :])
        return
    form = _slice(body, at, 1)[0]
    yield from _split(body, at + 1, form >> 4, form & 0x0F)


def _skip_modifier(body: bytes, at: int) -> tuple[int, int]:
    """Past one modifier (they add nanoseconds to a timestamp: nothing a player could show)."""
    size = _slice(body, at, 1)[0] + 1
    at += 1
    if size == LONG_MODIFIER_BYTES:
        size = int.from_bytes(_slice(body, at, 2), "big") + 1
        at += 2
    at += size
    return _slice(body, at, 1)[0] & 0x0F, at + 1


def _split(body: bytes, at: int, form: int, packet_type: int) -> Iterator[Track]:
    if form > MANY_TRACKS_MANY_CODECS:
        raise MalformedError(f"a multitrack tag of form {form}")
    fourcc = b""
    if form != MANY_TRACKS_MANY_CODECS:
        fourcc = _slice(body, at, 4)
        at += 4
    while at < len(body):
        if form == MANY_TRACKS_MANY_CODECS:
            fourcc = _slice(body, at, 4)
            at += 4
        number = _slice(body, at, 1)[0]
        at += 1
        size = len(body) - at
        if form != ONE_TRACK:
            size = int.from_bytes(_slice(body, at, 3), "big")
            at += 3
        yield Track(packet_type, fourcc, _slice(body, at, size), number)
        at += size


def _slice(body: bytes, at: int, size: int) -> bytes:
    if at + size > len(body):
        raise MalformedError(f"an extended tag of {len(body)} bytes ends too early")
    return body[at : at + size]
