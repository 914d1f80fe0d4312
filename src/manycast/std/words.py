"""What somebody else wrote, fit to be shown, sent on and logged."""

from urllib.parse import quote


KEY_CHARACTERS_MIN = 6
"""What is shorter is no secret, and a part of ordinary words."""
JOINERS = frozenset("\u200c\u200d")
"""They have no shape of their own and hold together emoji, and letters of some scripts."""


def plain(text: str, characters_max: int) -> str:
    """On one line, cut short, without what turns lines around, hides, or is no character at all."""
    kept = "".join(c if c.isprintable() or c in JOINERS else " " for c in text[:characters_max])
    return " ".join(kept.split())


def without(secret: str, text: str) -> str:
    """The text with this left out, as it is and as addresses hold it."""
    if len(secret) < KEY_CHARACTERS_MIN:
        return text
    return text.replace(secret, "…").replace(quote(secret, safe=""), "…")
