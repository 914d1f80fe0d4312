"""The part that a playlist promises next."""

import re


_HINT = re.compile(
    rb'^#EXT-X-PRELOAD-HINT:(?=[^\r\n]*TYPE=PART)[^\r\n]*URI="([\w.-]+)"', re.MULTILINE
)
"""Only a name beside the playlist: the parent does not choose what this node fetches elsewhere."""

TAIL_BYTES = 4_096
"""A hint stands near the end, before the rendition reports."""


def hinted_part(playlist: bytes) -> str | None:
    """Name of the hinted part, from a playlist's last bytes."""
    found = _HINT.findall(playlist)
    name: str | None = found[-1].decode() if found else None
    return None if name in {".", ".."} else name
