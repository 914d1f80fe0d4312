"""From JSON to what the control role asks of a node; whoever wrote it may be newer, or wrong."""

from typing import TypeVar

from manycast.model.fleet import Assignment, ChannelGrant, KeyGrant


_T = TypeVar("_T")

DIGEST_CHARACTERS = 64


def read_assignment(value: object) -> Assignment:
    """Raises ValueError naming what is wrong; fields that are not known are left out."""
    channels = _optional(value, "channels", list)
    return Assignment(
        report_ms=_field(value, "report_ms", int),
        revision=_field(value, "revision", str),
        channels=None if channels is None else read_channels(channels),
        recordings_noted=_field(value, "recordings_noted", bool, default=False),
    )


def read_channels(value: list[object]) -> tuple[ChannelGrant, ...]:
    """Raises ValueError."""
    return tuple(_channel(one) for one in value)


def _channel(value: object) -> ChannelGrant:
    keys = _field(value, "keys", list)
    return ChannelGrant(
        channel=_field(value, "channel", str),
        keys=tuple(_key(one) for one in keys),
        recording=_field(value, "recording", bool),
        kicks=_field(value, "kicks", int),
        srt_passphrase=_field(value, "srt_passphrase", str, ""),
        srt_slot=_optional(value, "srt_slot", int),
    )


def _key(value: object) -> KeyGrant:
    digest = _field(value, "digest", str)
    if len(digest) != DIGEST_CHARACTERS or not digest.isascii():
        raise ValueError("digest: not a SHA-256 in hexadecimal")
    return KeyGrant(id=_field(value, "id", str), digest=digest)


_REQUIRED = object()


def _optional(value: object, name: str, kind: type[_T]) -> _T | None:
    absent = not isinstance(value, dict) or value.get(name) is None
    return None if absent else _field(value, name, kind)


def _field(value: object, name: str, kind: type[_T], default: object = _REQUIRED) -> _T:
    if not isinstance(value, dict):
        raise ValueError(f"{name}: looked for in what is no object")  # noqa: TRY004  a wrong answer, no wrong call
    found = value.get(name, default)
    if found is _REQUIRED:
        raise ValueError(f"{name}: missing")
    if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
        raise ValueError(f"{name}: not of type {kind.__name__}")
    return found
