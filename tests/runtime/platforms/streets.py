"""Platforms to speak with, and somebody who has let us in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from bench.platforms.kick import Kick as KickServer, kick as kick_server
from bench.platforms.youtube import YouTube as YouTubeServer, youtube as youtube_server
from tests.runtime.platforms.vaults import MemoryVault, leave

from manycast.model.destinations import Platform
from manycast.platforms.kick.sign_in import SCOPES
from manycast.platforms.values import App, Tokens
from manycast.runtime import clock
from manycast.runtime.platforms.calls import Calls
from manycast.runtime.platforms.kick import Kick, KickPresence
from manycast.runtime.platforms.youtube import YouTube, YouTubePresence
from manycast.runtime.platforms.youtube_chat import Waits
from manycast.settings.platforms import PlatformsSettings


QUICK = Waits(connect=0.05, frugality=0, push_again=60, silence=30, again=0.05, again_max=0.1)


@dataclass
class YouTubeStreet:
    server: YouTubeServer
    youtube: YouTube
    presence: YouTubePresence
    vault: MemoryVault
    now: list[int] = field(default_factory=list)
    """Milliseconds that the clock is ahead by."""


@asynccontextmanager
async def youtube_street(**settings: Any) -> AsyncIterator[YouTubeStreet]:
    async with youtube_server() as server:
        vault = MemoryVault()
        vault.apps[Platform.YOUTUBE] = App(server.google.client_id, server.google.client_secret)
        granted = server.google.grant()
        tokens = Tokens(
            access=granted["access_token"],
            refresh=granted["refresh_token"],
            expires_ms=clock.wall_ms() + 3_599_000,
        )
        vault.leaves["acc_1"] = leave(platform=Platform.YOUTUBE, tokens=tokens)
        url, ahead = server.front.url, [0]
        wanted = replace(
            PlatformsSettings(youtube_api=f"{url}/youtube/v3", google_token=url), **settings
        )
        async with Calls(vault, wanted, now_ms=lambda: clock.wall_ms() + ahead[0]) as calls:
            youtube = YouTube(calls, QUICK)
            presence = youtube.presence("acc_1", "UC1")
            yield YouTubeStreet(server, youtube, presence, vault, ahead)


@dataclass
class KickStreet:
    server: KickServer
    kick: Kick
    presence: KickPresence
    vault: MemoryVault


@asynccontextmanager
async def kick_street(**settings: Any) -> AsyncIterator[KickStreet]:
    async with kick_server() as server:
        vault = MemoryVault()
        vault.apps[Platform.KICK] = App(server.client_id, server.client_secret)
        granted = server.grant(frozenset(SCOPES))
        tokens = Tokens(
            access=granted["access_token"],
            refresh=granted["refresh_token"],
            expires_ms=clock.wall_ms() + 7_200_000,
        )
        vault.leaves["acc_1"] = leave(
            platform=Platform.KICK, external_id="123456789", tokens=tokens
        )
        url = server.front.url
        wanted = replace(PlatformsSettings(kick_api=url, kick_auth=url), **settings)
        async with Calls(vault, wanted) as calls:
            kick = Kick(calls)
            yield KickStreet(server, kick, kick.presence("acc_1", "123456789"), vault)
