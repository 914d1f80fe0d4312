"""Every kind of reply that a viewer can get from a live network, and what a cache may do with it."""

import re
from dataclasses import dataclass

from tests.e2e.network import STREAM, Got, Network, head_of

from manycast.hls.parse import parse_media


FOREVER = "max-age=3600, immutable"
NEVER = "no-store"
LIVE = f"/live/{STREAM}"
RENDITION = f"{LIVE}/source"
PLAYLIST = f"{RENDITION}/index.m3u8"


@dataclass(frozen=True)
class Kind:
    """Target with what only a live playlist tells in braces; status; Cache-Control."""

    target: str
    status: int
    cache_control: str

    @property
    def max_age(self) -> int | None:
        found = re.search(r"max-age=(\d+)", self.cache_control)
        return int(found[1]) if found else None


KINDS = {
    "multivariant playlist": Kind(f"{LIVE}/index.m3u8", 200, "max-age=1"),
    "playlist": Kind(PLAYLIST, 200, "max-age=1"),
    "delta update": Kind(f"{PLAYLIST}?_HLS_skip=YES", 200, "max-age=1"),
    "blocking reload": Kind(f"{PLAYLIST}?_HLS_msn={{msn}}&_HLS_part={{index}}", 200, "max-age=12"),
    "blocking delta update": Kind(f"{PLAYLIST}?_HLS_msn={{msn}}&_HLS_skip=v2", 200, "max-age=12"),
    "reload too far ahead": Kind(f"{PLAYLIST}?_HLS_msn=99999999999", 400, NEVER),
    "reload that is no number": Kind(f"{PLAYLIST}?_HLS_msn=x", 400, NEVER),
    "part": Kind(f"{RENDITION}/{{part}}", 200, FOREVER),
    "hinted part": Kind(f"{RENDITION}/{{hint}}", 200, FOREVER),
    "segment": Kind(f"{RENDITION}/{{segment}}", 200, FOREVER),
    "init segment": Kind(f"{RENDITION}/{{init}}", 200, FOREVER),
    "part that does not exist": Kind(f"{RENDITION}/p99999999999999.m4s", 404, NEVER),
    "segment that does not exist": Kind(f"{RENDITION}/s99999999999999.m4s", 404, NEVER),
    "single frames": Kind(f"{RENDITION}/frames.mp4", 200, NEVER),
    "rendition that does not exist": Kind(f"{LIVE}/9p/index.m3u8", 404, "max-age=1"),
    "stream that is not on the air": Kind("/live/none/index.m3u8", 404, "max-age=1"),
    "status": Kind(f"{LIVE}/status.json", 200, "max-age=1"),
    "list of streams": Kind("/live/index.json", 200, "max-age=1"),
    "snapshot": Kind(f"{LIVE}/snapshot.jpg", 200, "max-age=5"),
    "time": Kind("/live/time", 200, NEVER),
    "page": Kind(f"/watch/{STREAM}", 200, "public, max-age=60"),
    "asset": Kind("{asset}", 200, "public, max-age=31536000, immutable"),
    "health": Kind("/healthz", 200, NEVER),
}


async def collect(on: Network) -> dict[str, tuple[Got, Got]]:
    """Ask for each kind twice: as two viewers whose players add what they please."""
    return {name: await _twice(on, kind) for name, kind in KINDS.items()}


async def _twice(on: Network, kind: Kind) -> tuple[Got, Got]:
    playlist = parse_media((await on.get(PLAYLIST)).body.decode())
    page = (await on.get(f"/watch/{STREAM}")).body.decode()
    asset = re.search(r"/assets/[\w.-]+", page)
    assert asset
    last = playlist.segments[-1]
    target = kind.target.format(
        msn=playlist.next_msn, index=playlist.next_part, part=last.parts[0].uri,
        hint=playlist.hints[0], segment=last.uri, init=last.init_uri, asset=asset[0],
    )  # fmt: skip
    other = target + ("&" if "?" in target else "?") + "token=of-another-viewer"
    if target.endswith("frames.mp4"):
        return await head_of(on.client, target), await head_of(on.client, other)
    return await on.get(target), await on.get(other if target.startswith("/live") else target)
