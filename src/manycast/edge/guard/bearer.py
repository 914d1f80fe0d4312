"""The administrator's token, and the lesser one made from it for nodes that only follow."""

import hashlib
import hmac


def follow_token(token: bytes) -> bytes:
    """Reads the journal and nothing else: a parent that it is sent to learns no more than that."""
    return (
        hmac.new(token, b"manycast: read the journal of purges", hashlib.sha256)
        .hexdigest()
        .encode()
    )


def bears(authorization: bytes | None, *tokens: bytes) -> bool:
    """Whether the field holds one of these tokens; how long it takes does not tell how far it is right."""
    scheme, _, given = (authorization or b"").partition(b" ")
    if scheme.lower() != b"bearer":
        return False
    return any(hmac.compare_digest(_digest(given.strip()), _digest(token)) for token in tokens)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
