"""What a request asks for, in the one spelling that names it in the cache and upstream."""

import re
from dataclasses import dataclass
from functools import lru_cache


LIVE = "/live/"
"""Paths under it follow the rules of live streams; everything else is an ordinary site."""

_RELOAD = re.compile(r"_HLS_(?:msn|part|skip)=[A-Za-z0-9]{1,20}")
"""The delivery directives of RFC 8216bis section 6.2.5. Others could only burst the cache."""

_REMEMBERED = 512
"""Targets kept parsed, of at most 8 KB each: thousands of viewers ask for the same few at a time."""


@dataclass(frozen=True, slots=True)
class Target:
    key: bytes
    """Path and query as sent upstream, led by the host where hosts are told apart."""
    host: bytes
    live: bool
    held: bool
    """The origin may wait with its reply until what is asked for exists."""
    rendition: str
    """Folder of a live rendition whose media this is, with its slash; empty for anything else."""

    @property
    def upstream(self) -> bytes:
        """Path and query."""
        return self.key[len(self.host) :]

    @property
    def outdates(self) -> tuple[bytes, ...]:
        """Keys of the same playlist asked for without waiting, when this is a blocking reload."""
        path, _, query = self.key.partition(b"?")
        if not (self.live and path.endswith(b".m3u8") and b"_HLS_msn=" in query):
            return ()
        return (path, path + b"?_HLS_skip=YES", path + b"?_HLS_skip=v2")


@lru_cache(maxsize=_REMEMBERED)
def target(path: str, query: str, host: bytes = b"") -> Target:
    """Name what is asked for; the path is taken literally."""
    live = path.startswith(LIVE)
    if live:
        query = "&".join(sorted(set(filter(_RELOAD.fullmatch, query.split("&")))))
    media = live and path.endswith((".m4s", ".mp4"))
    return Target(
        key=host + (f"{path}?{query}".encode() if query else path.encode()),
        host=host,
        live=live,
        held=media or (live and "_HLS_msn" in query),
        rendition=path[: path.rindex("/") + 1] if media else "",
    )
