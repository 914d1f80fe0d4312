"""Whether a webhook is Kick's own, fresh, and not told before: anybody can find its address.

https://docs.kick.com/events/webhook-security: RSA over SHA-256 with PKCS #1 v1.5 padding, of ``id.timestamp.body``.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from manycast.platforms.kick.data import call
from manycast.platforms.wire import Call, Request


AGE_MS_MAX = 600_000
"""Kick tries three times over some minutes; what is older is somebody's copy."""
AHEAD_MS_MAX = 60_000
"""Clocks differ."""
SEEN_MAX = 20_000
"""Ids that are remembered: more than a busy chat has within ``AGE_MS_MAX``."""
KEY_BITS_MIN = 2048


class ForgedError(ValueError):
    """Not believed; the words are for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the head of a webhook says of it."""

    id: str
    sent: str
    """RFC 3339, as signed."""
    signature: str
    event: str

    @property
    def sent_ms(self) -> int:
        """Raises ForgedError."""
        try:
            return round(datetime.fromisoformat(self.sent).timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            raise ForgedError("its time is none") from None


def public_key(api: str) -> Call[str]:
    """In PEM."""
    request = Request(method="GET", url=f"{api}/public/v1/public-key", signed=False)
    return call(request, lambda data: str(data["public_key"]))


def envelope(headers: Mapping[str, str]) -> Envelope:
    """``headers`` have names in lower case. Raises ForgedError."""
    found = Envelope(
        id=headers.get("kick-event-message-id", ""),
        sent=headers.get("kick-event-message-timestamp", ""),
        signature=headers.get("kick-event-signature", ""),
        event=headers.get("kick-event-type", ""),
    )
    if not (found.id and found.sent and found.signature and found.event):
        raise ForgedError("its head lacks a field")
    return found


def check_age(found: Envelope, now_ms: int) -> None:
    """Raises ForgedError."""
    if not -AHEAD_MS_MAX <= now_ms - found.sent_ms <= AGE_MS_MAX:
        raise ForgedError("it is too old, or from the future")


def check_signature(found: Envelope, body: bytes, pem: str) -> None:
    """Raises ForgedError."""
    key = _key(pem)
    signed = f"{found.id}.{found.sent}.".encode() + body
    try:
        signature = b64decode(found.signature, validate=True)
        key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        raise ForgedError("its signature is not Kick's") from None


def _key(pem: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        raise ForgedError("Kick's public key cannot be read") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < KEY_BITS_MIN:
        raise ForgedError("Kick's public key is of another kind")
    return key


class Seen:
    """Ids of webhooks that were believed, for as long as a copy would be."""

    def __init__(self) -> None:
        self._until_ms: dict[str, int] = {}

    def is_new(self, message_id: str, now_ms: int) -> bool:
        """And from now on it is not."""
        if self._until_ms.get(message_id, 0) > now_ms:
            return False
        self._forget(now_ms)
        self._until_ms[message_id] = now_ms + AGE_MS_MAX + AHEAD_MS_MAX
        return True

    def _forget(self, now_ms: int) -> None:
        """The oldest, which were put in first."""
        while self._until_ms:
            oldest = next(iter(self._until_ms))
            if self._until_ms[oldest] > now_ms and len(self._until_ms) < SEEN_MAX:
                return
            del self._until_ms[oldest]
