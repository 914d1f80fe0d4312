"""From JSON to what the control role asks of a node."""

from manycast.model.fleet import Assignment, ChannelGrant
from manycast.model.reading import read


DIGEST_CHARACTERS = 64


def read_assignment(value: object) -> Assignment:
    """Raises ValueError naming what is wrong; fields that are not known are left out."""
    assignment = read(Assignment, value)
    for grant in assignment.channels or ():
        _check(grant)
    return assignment


def read_channels(values: list[object]) -> tuple[ChannelGrant, ...]:
    """Raises ValueError."""
    channels = tuple(read(ChannelGrant, value) for value in values)
    for grant in channels:
        _check(grant)
    return channels


def _check(grant: ChannelGrant) -> None:
    for key in grant.keys:
        if len(key.digest) != DIGEST_CHARACTERS or not key.digest.isascii():
            raise ValueError("digest: not a SHA-256 in hexadecimal")
