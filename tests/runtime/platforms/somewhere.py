"""A platform of which a test says what it answers: for what is asked of platforms, whichever they are."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field

from manycast.model.destinations import Platform as Name, PlatformState
from manycast.platforms.failures import PlatformError
from manycast.platforms.values import (
    Account,
    Category,
    ChatLine,
    Connected,
    Flow,
    Heard,
    Ingest,
    Listing,
    OnAir,
    Prompt,
    Tokens,
)


TOKEN = "access-of-somewhere"
LATER_MS = 10**14


@dataclass
class Somewhere:
    """Follows ``Platform`` and ``Presence``: it has one account."""

    name: Name = Name.TWITCH
    code: str = "ABCD-EFGH"
    """Empty: the browser comes back."""
    trouble: PlatformError | None = None
    """What it answers to everything."""
    done: bool = True
    """Whether the person has let us in."""
    on_air: OnAir = field(default_factory=lambda: OnAir(state=PlatformState.LIVE, viewers=7))
    told: list[Listing] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    left: int = 0
    lines: tuple[ChatLine, ...] = ()

    async def begin_connect(self, redirect_url: str) -> Flow:
        self._fail()
        prompt = Prompt(
            url="https://somewhere.example/activate",
            user_code=self.code,
            interval_s=0.0,
            expires_ms=LATER_MS,
        )
        state = "" if self.code else "state-of-a-flow-0001"
        return Flow(prompt=prompt, secret="device", state=state, redirect_url=redirect_url)

    async def finish_connect(self, flow: Flow, answer: Mapping[str, str]) -> Connected | None:
        self._fail()
        if not self.done or (flow.state and answer.get("code") != "good"):
            return None
        tokens = Tokens(access=TOKEN, refresh="refresh", expires_ms=LATER_MS, scopes=("chat",))
        return Connected(account=await self.account(), tokens=tokens)

    def presence(self, account_id: str, external_id: str) -> "Somewhere":
        return self

    async def account(self) -> Account:
        return Account(external_id="1234", name="streamer", url="https://somewhere.example/s")

    async def check(self) -> None:
        self._fail()

    async def ingest(self) -> Ingest:
        self._fail()
        return Ingest(url="rtmps://ingest.somewhere.example/app", key="live_key")

    async def set_listing(self, listing: Listing) -> Sequence[str]:
        self._fail()
        self.told.append(listing)
        return ["It was shortened."] if len(listing.title) > 10 else []

    async def categories(self, text: str) -> Sequence[Category]:
        self._fail()
        return [Category(id="509658", name=f"Just {text}")]

    async def go_live(self, listing: Listing) -> None:
        self._fail()
        self.told.append(listing)

    async def end(self) -> None:
        self._fail()

    async def look(self) -> OnAir:
        self._fail()
        return self.on_air

    async def listen(self) -> AsyncGenerator[Heard, None]:
        for line in self.lines:
            yield line
        await asyncio.Event().wait()

    async def say(self, text: str) -> None:
        self._fail()
        self.said.append(text)

    async def disconnect(self) -> None:
        self._fail()
        self.left += 1

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble
