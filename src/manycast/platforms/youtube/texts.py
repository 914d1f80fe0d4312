"""Titles, descriptions and tags as YouTube takes them."""

from collections.abc import Iterable

from manycast.platforms.values import Listing


TITLE_MAX = 100
DESCRIPTION_BYTES_MAX = 5000
TAGS_MAX = 500
"""Characters of all tags; each costs a comma, and quotation marks if it has a space."""
UNTITLED = "Live"
FORBIDDEN = str.maketrans("", "", "<>")
"""In titles, descriptions and tags."""


def title_of(listing: Listing) -> str:
    return listing.title.translate(FORBIDDEN).strip()[:TITLE_MAX].strip() or UNTITLED


def description_of(listing: Listing) -> str:
    text = listing.description.translate(FORBIDDEN)
    return text.encode()[:DESCRIPTION_BYTES_MAX].decode(errors="ignore")


def tags_of(tags: Iterable[str]) -> tuple[str, ...]:
    """Those that fit."""
    kept: list[str] = []
    room = TAGS_MAX + 1
    for tag in dict.fromkeys(tag.translate(FORBIDDEN).strip() for tag in tags):
        room -= len(tag) + 1 + (2 if " " in tag else 0)
        if room < 0:
            break
        if tag:
            kept.append(tag)
    return tuple(kept)


def lost(listing: Listing) -> list[str]:
    """What YouTube cannot take as it is, for people."""
    said: list[str] = []
    if listing.title and title_of(listing) != listing.title.strip():
        said.append(
            f"YouTube takes titles of {TITLE_MAX} characters without < and >: it was shortened."
        )
    if description_of(listing) != listing.description:
        said.append(
            f"YouTube takes descriptions of {DESCRIPTION_BYTES_MAX} bytes without < and >: it was shortened."
        )
    if tags_of(listing.tags) != tuple(dict.fromkeys(listing.tags)):
        said.append(
            f"YouTube takes tags of {TAGS_MAX} characters in all without < and >: some were left out."
        )
    return said
