"""Twitch, YouTube and Kick as far as a streamer meets them, on this machine: their APIs, each beside an ingest of its own.

What an API says of being live follows from what its ingest really gets.

usage: python -m bench.platforms.street [--folder DIR]   (prints what points manycast at it, as JSON; then takes commands:
``stop kick``, ``start kick``, ``fault kick never_reads``, ``state``)
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.platforms.certificates import Authority, authority
from bench.platforms.kick import Kick, kick
from bench.platforms.receiver import Fault, Receiver
from bench.platforms.rules import KICK, TWITCH, YOUTUBE
from bench.platforms.twitch import Twitch, standing_in
from bench.platforms.youtube import YouTube, youtube


LOOK_S = 0.2
"""How soon an API knows what its ingest gets."""

Told = Callable[[str], bool | Awaitable[bool]]


@dataclass
class Street:
    authority: Authority
    """Whoever sends to the ingests must trust it."""
    settings: dict[str, str]
    """Of the group ``platforms``."""
    twitch: Twitch
    youtube: YouTube
    kick: Kick
    ingests: dict[str, Receiver]
    """By ``twitch``, ``youtube``, ``kick``."""

    def described(self) -> dict[str, object]:
        """What a person or another program needs to send here by hand."""
        google = self.youtube.google
        return {
            "settings": {"platforms": self.settings},
            "trust": str(self.authority.ca),
            "ingests": {
                "twitch": {"url": self.twitch.ingest, "key": self.twitch.key},
                "kick": {"url": self.kick.ingest, "key": self.kick.key},
            },
            "apps": {
                "twitch": {"id": self.twitch.client_id, "secret": self.twitch.client_secret},
                "youtube": {"id": google.client_id, "secret": google.client_secret},
                "kick": {"id": self.kick.client_id, "secret": self.kick.client_secret},
            },
        }

    def state(self) -> dict[str, object]:
        return {
            name: {
                "live": one.live,
                "fault": one.fault,
                "connections": len(one.sittings),
                "broadcasts": one.broadcasts,
                "bps": one.latest.video_bps if one.latest else 0,
            }
            for name, one in self.ingests.items()
        }


@asynccontextmanager
async def street(folder: Path) -> AsyncIterator[Street]:
    """All of them on free ports, until left."""
    files = authority(folder)
    async with AsyncExitStack() as stack:
        twitch = Twitch()
        settings = dict(await stack.enter_async_context(standing_in(twitch)))
        tube = await stack.enter_async_context(youtube())
        kicks = await stack.enter_async_context(kick())
        ingests = {
            "twitch": Receiver("twitch", TWITCH, folder, key=twitch.key),
            "youtube": Receiver("youtube", YOUTUBE, folder, authority=files),
            "kick": Receiver("kick", KICK, folder, key=kicks.key, authority=files),
        }
        ingests["youtube"].knows = lambda key: any(one.key == key for one in tube.streams.values())
        for receiver in ingests.values():
            await stack.enter_async_context(receiver)
        twitch.ingest, kicks.ingest = ingests["twitch"].url, ingests["kick"].url
        tube.ingest = ("", ingests["youtube"].url)
        settings |= {
            "youtube_api": f"{tube.front.url}/youtube/v3",
            "google_token": tube.front.url,
            "kick_api": kicks.front.url,
            "kick_auth": kicks.front.url,
        }
        group = await stack.enter_async_context(asyncio.TaskGroup())
        watches = [
            group.create_task(_watch(ingests[name], platform.arrives, platform.leaves))
            for name, platform in (("twitch", twitch), ("youtube", tube), ("kick", kicks))
        ]
        yield Street(files, settings, twitch, tube, kicks, ingests)
        for watch in watches:
            watch.cancel()


async def _watch(receiver: Receiver, arrives: Told, leaves: Told) -> None:
    """Tell the API whenever its ingest begins or stops to get a stream."""
    shown = ""
    while True:
        key = receiver.latest.key if receiver.live and receiver.latest else ""
        if key != shown:
            told = arrives(key) if key else leaves(shown)
            if not isinstance(told, bool):
                await told
            shown = key
            receiver.stir()
        await asyncio.sleep(LOOK_S)


async def _obey(street: Street, line: str) -> dict[str, object]:
    match line.split():
        case ["stop", name]:
            await street.ingests[name].stop()
        case ["start", name]:
            await street.ingests[name].start()
        case ["fault", name, fault]:
            street.ingests[name].fault = Fault(fault)
        case ["state"]:
            pass
        case _:
            return {"error": "stop NAME, start NAME, fault NAME FAULT or state"}
    return street.state()


async def run(folder: Path) -> None:
    """Until stdin ends."""
    async with street(folder) as made:
        print(json.dumps(made.described()), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                answer = await _obey(made, line)
            except (KeyError, ValueError) as error:
                answer = {"error": str(error)}
            print(json.dumps(answer), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="for recordings and certificates")
    folder = parser.parse_args().folder
    if folder is not None:
        asyncio.run(run(folder))
        return
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(run(Path(made)))


if __name__ == "__main__":
    main()
