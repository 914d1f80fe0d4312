"""A control role in a process of its own, the platforms' stand-ins, accounts connected there, and an origin that says that it sends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from bench.platforms.front import Front
from bench.platforms.kick import Kick, kick
from bench.platforms.twitch import Twitch, standing_in
from bench.platforms.youtube import YouTube, youtube
from tests.control.reports import ORIGIN, STREAM
from tests.e2e.administrator import KEY, prepare
from tests.e2e.control import PATIENCE_S, Control, Node, control_role

from manycast.model.destinations import DestinationReport, SendingState
from manycast.runtime.clock import wall_ms
from manycast.settings.state import StateSettings


Found = TypeVar("Found")
LOOK_S = 0.1
NAMES = ("twitch", "youtube", "kick")
SECRET_FIELDS = ("access_token", "refresh_token", "client_secret", "device_code", "code", "token")
FAST = {"look_ms": 100, "call_ms": 500, "attempts_max": 2}
CHANNEL = "/channels/live"


async def patiently(look: Callable[[], Awaitable[Found | None]]) -> Found:
    """What ``look`` finds, as soon as it finds something."""
    for _ in range(round(PATIENCE_S / LOOK_S)):
        if found := await look():
            return found
        await asyncio.sleep(LOOK_S)
    raise AssertionError(f"{look} found nothing in {PATIENCE_S} s")


@dataclass
class World:
    control: Control
    client: httpx2.AsyncClient
    twitch: Twitch
    youtube: YouTube
    kick: Kick

    @property
    def fronts(self) -> dict[str, Front]:
        return {"twitch": self.twitch.front, "youtube": self.youtube.front, "kick": self.kick.front}

    def secrets(self) -> set[str]:
        """Whatever was sent to a platform and opens something there."""
        asked = [one for front in self.fronts.values() for one in front.asked]
        forms = [one.form() for one in asked if b"=" in one.body and one.body[:1] not in b"{["]
        found = {form.get(name, "") for form in forms for name in SECRET_FIELDS}
        keys = {self.twitch.key, self.kick.key, *(s.key for s in self.youtube.streams.values())}
        return (found | keys | {one.bearer for one in asked}) - {""}

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        reply = await self.client.request(method, f"/api/v1{path}", **more)
        assert reply.is_success, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    async def shown(self) -> dict[str, Any]:
        """Destinations of the stream, by platform."""
        reply = await self.client.get("/api/v1/streams/live")
        items = reply.json()["destinations"] if reply.is_success else []
        return {one["platform"]: one for one in items}

    async def until(self, so: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The destinations, once they are all there and so."""

        async def look() -> dict[str, Any] | None:
            shown = await self.shown()
            return shown if set(NAMES) <= shown.keys() and so(shown) else None

        return await patiently(look)

    async def until_live(self) -> None:
        await self.until(lambda shown: all(one["verdict"] == "live" for one in shown.values()))

    async def accounts(self) -> dict[str, Any]:
        items = (await self.ask("GET", f"{CHANNEL}/accounts"))["items"]
        return {one["platform"]: one for one in items}

    async def connect(self, name: str) -> str:
        """Its id."""
        prompt = await self.ask("POST", f"{CHANNEL}/accounts/{name}/connect")
        finish = f"{CHANNEL}/accounts/connect/{prompt['id']}"
        if name == "kick":
            async with httpx2.AsyncClient() as browser:
                agreed = await browser.post(prompt["url"], data={"said": "yes"})
            back = await self.client.get(agreed.headers["location"])
            assert "connected=" in back.headers["location"], back.headers["location"]
        elif name == "youtube":
            self.youtube.google.allow(prompt["user_code"])
        else:
            self.twitch.allow(prompt["user_code"])

        async def account() -> str | None:
            done = await self.ask("POST", finish)
            return done["account"]["id"] if done["state"] == "connected" else None

        return await patiently(account)

    async def arrive(self) -> None:
        """The platforms' ingests get the stream."""
        await self.twitch.arrives(self.twitch.key)
        await self.kick.arrives(self.kick.key)

        async def known() -> bool:
            return any(self.youtube.arrives(s.key) for s in self.youtube.streams.values())

        await patiently(known)


@asynccontextmanager
async def world(directory: Path, log: Path) -> AsyncIterator[World]:
    prepare(StateSettings(), directory)
    async with AsyncExitStack() as stack:
        twitch = Twitch(interval_s=0.2)
        settings: dict[str, str | int] = {**await stack.enter_async_context(standing_in(twitch))}
        tube = await stack.enter_async_context(youtube())
        tube.google.interval_s, tube.start_s = 1, 0
        kicks = await stack.enter_async_context(kick())
        settings |= {
            "youtube_api": f"{tube.front.url}/youtube/v3",
            "google_token": tube.front.url,
            "kick_api": kicks.front.url,
            "kick_auth": kicks.front.url,
            **FAST,
        }
        config = directory / "manycast.toml"
        lines = [f"{name} = {value!r}" for name, value in settings.items()]
        config.write_text("\n".join(["[platforms]", *lines, ""]))
        control = await stack.enter_async_context(
            control_role(directory, "--config", str(config), log=log)
        )
        headers = {"Authorization": f"Bearer {KEY}"}
        client = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=control.url, headers=headers, timeout=PATIENCE_S)
        )
        made = World(control, client, twitch, tube, kicks)
        node = await _set_up(made)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        reporting = tasks.create_task(node.run())
        yield made
        reporting.cancel()


async def _set_up(made: World) -> Node:
    """Apps, a channel, an account and a destination on each platform; the node that says it sends to all."""
    google = made.youtube.google
    apps = {
        "twitch": (made.twitch.client_id, None),
        "youtube": (google.client_id, google.client_secret),
        "kick": (made.kick.client_id, made.kick.client_secret),
    }
    await made.ask("POST", "/channels", json={"name": "live"})
    reports = []
    for name, (client_id, secret) in apps.items():
        app = {"client_id": client_id, "client_secret": secret}
        await made.ask("PUT", f"/settings/platforms/{name}", json=app, headers={"If-Match": "*"})
        account = await made.connect(name)
        wanted = {"name": name, "platform": name, "account_id": account}
        destination = await made.ask("POST", f"{CHANNEL}/destinations", json=wanted)
        sending = DestinationReport(
            id=destination["id"], state=SendingState.SENDING, since_ms=wall_ms()
        )
        reports.append(sending)
    stream = replace(STREAM, since_ms=wall_ms(), destinations=tuple(reports))
    return Node(made.control, replace(ORIGIN, since_ms=wall_ms(), streams=(stream,)))
