"""Names that appear in URLs and files, checked once where they enter."""

import re
from typing import NewType


StreamName = NewType("StreamName", str)

TAKE = re.compile(r"\d{8}T\d{6}\.\d{6}Z", re.ASCII)
"""The folder of a recording: when it began."""
RECORDED = re.compile(r"video-\d{1,6}\.mp4", re.ASCII)
"""A file of media in it."""
_STREAM = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def stream_name(text: str) -> StreamName:
    """Check a stream's name: 1-63 of ``a-z 0-9 _ -``, beginning with a letter or digit.

    Raises ValueError naming the rule.
    """
    if not _STREAM.fullmatch(text):
        raise ValueError(
            f"stream name {text[:80]!r}: use 1-63 of a-z, 0-9, '_' and '-', beginning with a letter or digit"
        )
    return StreamName(text)
