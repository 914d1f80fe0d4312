"""Secrets that we make: long enough that nobody guesses one, kept as digests only."""

import base64
import hashlib
import secrets


BYTES = 32
RECOVERY_CODES = 10
RECOVERY_BYTES = 15
"""120 bits: a plain digest of so much gives nothing away (ASVS 6.5.2 asks for 112)."""
TOTP_BYTES = 20
"""As long as HMAC-SHA-1's output (RFC 4226, section 4)."""


def new_token(kind: str) -> str:
    """``kind`` tells scanners of published code what they have found: ``mck`` is an API key."""
    return f"{kind}_{secrets.token_urlsafe(BYTES)}"


def digest(token: str) -> str:
    """No salt and no work: 256 random bits need neither."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_totp_secret() -> str:
    return base64.b32encode(secrets.token_bytes(TOTP_BYTES)).decode()


def new_recovery_codes() -> list[str]:
    """Six groups of four, for paper."""
    return [_grouped(secrets.token_bytes(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]


def recovery_digest(code: str) -> str:
    """However a person writes it."""
    return digest("".join(character for character in code.lower() if character.isalnum()))


def _grouped(code: bytes) -> str:
    text = base64.b32encode(code).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
