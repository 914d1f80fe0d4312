"""Viewers that keep every playlist they get, as Low-Latency HLS players ask for them."""

import asyncio
from dataclasses import dataclass, field

from tests.e2e.network import STREAM, Got, get

from manycast.hls.checker import Observation
from manycast.hls.parse import MediaPlaylist, parse_media, parse_multivariant
from manycast.runtime import clock
from manycast.runtime.http.client import Client


PLAIN_S = 0.4
"""Between plain requests: shorter than their lifetime in a cache, so that hits are seen too."""
MULTIVARIANT_S = 1.0
FAILURES_MAX = 100


@dataclass
class Observers:
    """Everything that was seen of one stream; ``client`` asks the node under test."""

    client: Client
    seen: list[Observation] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    stalled: int = 0
    """Blocking requests that were told to ask again."""
    lasted: dict[str, MediaPlaylist] = field(default_factory=dict)
    hits: int = 0
    """Replies that a cache before the node under test had already."""
    media: int = 0
    """Parts that were fetched as soon as they were listed."""

    async def all(self) -> None:
        """Follow every rendition in every way until the stream ends."""
        first = await self._look(f"/live/{STREAM}/index.m3u8")
        assert first is not None
        async with asyncio.TaskGroup() as tasks:
            ended = asyncio.Event()
            for variant in parse_multivariant(first.body.decode()).variants:
                url = f"/live/{STREAM}/{variant.uri}"
                for skip in ("", "&_HLS_skip=YES", "&_HLS_skip=v2"):
                    tasks.create_task(self.follow(url, ended, skip))
                tasks.create_task(self.follow(url, ended, parts=False))
                tasks.create_task(self._poll(url, PLAIN_S, ended))
                tasks.create_task(self._poll(f"{url}?_HLS_skip=YES", PLAIN_S, ended))
            tasks.create_task(self._poll(f"/live/{STREAM}/index.m3u8", MULTIVARIANT_S, ended))

    async def follow(
        self,
        url: str,
        ended: asyncio.Event,
        skip: str = "",
        *,
        parts: bool = True,
        media: bool = False,
    ) -> None:
        """Ask for the next part, or the next segment, again and again."""
        reply = await self._look(url)
        while reply is not None:
            playlist = parse_media(reply.body.decode())
            self.lasted[f"{url} {skip} {parts}"] = playlist
            if media:
                await self._fetch_newest(url, playlist)
            if playlist.ended:
                break
            part = f"&_HLS_part={playlist.next_part}" if parts else ""
            reply = await self._look(f"{url}?_HLS_msn={playlist.next_msn}{part}{skip}")
        ended.set()

    async def _fetch_newest(self, url: str, playlist: MediaPlaylist) -> None:
        listed = playlist.open.parts if playlist.open else ()
        if listed:
            target = url.replace("index.m3u8", listed[-1].uri)
            got = await get(self.client, target)
            self.media += 1
            self.hits += got.field("x-cache") == "HIT"
            if got.status != 200 or got.error or not got.body:
                self.troubles.append(f"{target}: {got.status} {got.error}")

    async def _poll(self, url: str, every_s: float, ended: asyncio.Event) -> None:
        while not ended.is_set():
            await self._look(url)
            try:
                async with asyncio.timeout(every_s):
                    await ended.wait()
            except TimeoutError:
                continue

    async def _look(self, target: str) -> Got | None:
        for _ in range(FAILURES_MAX):
            got = await get(self.client, target)
            if got.status == 200 and not got.error:
                now_ms = clock.wall_ms()
                self.seen.append(Observation(now_ms, target, got.body.decode()))
                self.hits += got.field("x-cache") == "HIT"
                return got
            if got.status != 503 or got.field("retry-after") is None:
                self.troubles.append(f"{target}: {got.status} {got.error} {got.body[:100]!r}")
                return None
            self.stalled += 1
        self.troubles.append(f"{target}: 503 for ever")
        return None
