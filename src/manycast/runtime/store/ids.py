"""Names for rows: short enough for an address line, random enough that nobody guesses the next."""

import secrets
import string


CHARACTERS = string.ascii_lowercase + string.digits
LENGTH = 16
"""83 random bits: two of a billion ids collide once in ten million tries."""


def new_id(kind: str) -> str:
    """``kind`` is the prefix that tells a person what the id is of: ``usr``, ``chn``, ``key``."""
    return f"{kind}_{''.join(secrets.choice(CHARACTERS) for _ in range(LENGTH))}"
