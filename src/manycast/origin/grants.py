"""Who may publish on which channel, by the digest of a key."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from manycast.model.fleet import ChannelGrant, KeyGrant


@dataclass(frozen=True, slots=True)
class Admission:
    """A key that opens a channel."""

    channel: str
    key_id: str
    kicks: int
    """The connection is good until the channel's number is greater."""


def digest(key: str) -> str:
    """What is known of a stream key wherever it is not the owner's own."""
    return hashlib.sha256(key.encode()).hexdigest()


def owner(channels: Iterable[ChannelGrant], wanted: str) -> Admission | None:
    """Whose key has this digest; compares in constant time, every key every time."""
    found = None
    for grant in channels:
        for key in grant.keys:
            if hmac.compare_digest(key.digest, wanted):
                found = Admission(grant.channel, key.id, grant.kicks)
    return found


def grants_of(keys: Sequence[tuple[str, str]], *, recording: bool) -> tuple[ChannelGrant, ...]:
    """Of channel names and their keys, where no control role says more."""
    return tuple(
        ChannelGrant(
            channel=name,
            keys=(KeyGrant(id="", digest=digest(key)),),
            recording=recording,
            kicks=0,
            srt_passphrase=key,
            srt_slot=slot,
        )
        for slot, (name, key) in enumerate(keys)
    )


def dismissed(
    before: Iterable[ChannelGrant], after: Iterable[ChannelGrant], channel: str, kicks: int
) -> str:
    """Why a connection that was good for ``kicks`` must end, in words for its broadcaster; empty: it stays.

    A channel that was never granted is one that the control role admitted by itself a moment ago.
    """
    grant = next((one for one in after if one.channel == channel), None)
    if grant is None:
        known = any(one.channel == channel for one in before)
        return "this channel has been removed" if known else ""
    return "the operator ended this connection" if grant.kicks > kicks else ""
