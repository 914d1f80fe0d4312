"""A platform in memory whose account does what a test says, for what looks after platforms."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from manycast.model.destinations import Platform as Name, PlatformState
from manycast.platforms.values import (
    Account,
    Category,
    Connected,
    Flow,
    Heard,
    Ingest,
    Listing,
    OnAir,
)


@dataclass
class MemoryPresence:
    on_air: OnAir = OnAir(state=PlatformState.NOT_LIVE)  # noqa: RUF009  it is frozen
    errors: dict[str, Exception] = field(default_factory=dict)
    """By method."""
    done: list[str] = field(default_factory=list)
    heard: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def _do(self, what: str) -> None:
        self.done.append(what)
        self._changed.set()
        if what in self.errors:
            raise self.errors[what]

    async def until(self, what: str, times: int = 1) -> None:
        await self.until_so(lambda: self.done.count(what) >= times)

    async def until_so(self, so: Callable[[], bool]) -> None:
        while not so():
            self._changed.clear()
            await self._changed.wait()

    async def account(self) -> Account:
        raise NotImplementedError

    async def check(self) -> None:
        self._do("check")

    async def ingest(self) -> Ingest:
        self._do("ingest")
        return Ingest(url="rtmps://there/app", key="key")

    async def set_listing(self, listing: Listing) -> Sequence[str]:
        raise NotImplementedError

    async def categories(self, text: str) -> Sequence[Category]:
        raise NotImplementedError

    async def go_live(self, listing: Listing) -> None:
        self._do(f"go_live {listing.title}".strip())

    async def end(self) -> None:
        self._do("end")

    async def look(self) -> OnAir:
        self._do("look")
        return self.on_air

    async def listen(self) -> AsyncGenerator[Heard, None]:
        self._do("listen")
        while True:
            yield await self.heard.get()

    async def say(self, text: str) -> None:
        self._do(f"say {text}")

    async def disconnect(self) -> None:
        raise NotImplementedError


@dataclass
class MemoryPlatform:
    name: Name = Name.TWITCH
    presences: dict[str, MemoryPresence] = field(default_factory=dict)
    """By account."""

    async def begin_connect(self, redirect_url: str) -> Flow:
        raise NotImplementedError

    async def finish_connect(self, flow: Flow, answer: Mapping[str, str]) -> Connected | None:
        raise NotImplementedError

    def presence(self, account_id: str, external_id: str) -> MemoryPresence:
        return self.presences.setdefault(account_id, MemoryPresence())
