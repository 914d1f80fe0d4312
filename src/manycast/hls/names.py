"""The names of parts, segments and initialisation sections, and the way back."""

import re


_NAME = re.compile(
    r"(?:p(?P<part>[0-9]{1,19})\.m4s|s(?P<segment>[0-9]{1,19})\.m4s|i(?P<init>[0-9]{1,19})\.mp4)"
)
"""Numbers of at most 64 bits, as in playlists: Python refuses to read thousands of digits."""


def part_name(number: int) -> str:
    """Name a part by its global number: the hint stays true when a segment ends early."""
    return f"p{number}.m4s"


def segment_name(msn: int) -> str:
    return f"s{msn}.m4s"


def init_name(number: int) -> str:
    return f"i{number}.mp4"


def parse_name(name: str) -> tuple[str, int] | None:
    """Read a name back as ``("part" | "segment" | "init", number)``; None when it is none of ours."""
    match = _NAME.fullmatch(name)
    if match is None or match.lastgroup is None:
        return None
    return match.lastgroup, int(match[match.lastgroup])
