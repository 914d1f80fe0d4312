"""Making and rotating stream keys: the key itself is in nobody's books, only its hash."""

import secrets

from sqlalchemy.orm import Session

from manycast.runtime.store.channels import digest_of
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.tables.channels import StreamKey


KEY_BYTES = 18
"""144 random bits; as text 24 characters, which encoders of every kind take."""
HINT_CHARACTERS = 4


def new_secret() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def issue(
    db: Session, channel_id: str, name: str, now_ms: int, key: str = ""
) -> tuple[StreamKey, str]:
    """A new row, and the key; ``key`` is one that is known already."""
    secret = key or new_secret()
    row = StreamKey(
        id=new_id("key"),
        channel_id=channel_id,
        name=name,
        digest=digest_of(secret),
        hint=secret[:HINT_CHARACTERS],
        created_ms=now_ms,
        rotated_ms=None,
        used_ms=None,
    )
    db.add(row)
    db.flush()
    return row, secret


def rotate(row: StreamKey, now_ms: int) -> str:
    """The new key; the old one opens nothing from the end of the transaction on."""
    secret = new_secret()
    row.digest = digest_of(secret)
    row.hint = secret[:HINT_CHARACTERS]
    row.rotated_ms = now_ms
    row.used_ms = None
    return secret
