"""What the handlers of the API share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request

from manycast.control.events import Event
from manycast.runtime.accounts.attempts import Attempts
from manycast.runtime.accounts.hashing import Hashing
from manycast.runtime.accounts.provider import Provider
from manycast.runtime.accounts.touches import Touches
from manycast.runtime.clock import wall_ms
from manycast.runtime.control.hub import Hub
from manycast.runtime.control.network import Network
from manycast.runtime.origins import Origins
from manycast.runtime.platforms.desk import PlatformDesk
from manycast.runtime.store.store import Store
from manycast.settings.tree import Settings


def _unheard(_: Event) -> None:
    """In tests, nobody needs to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    settings: Settings
    directory: Path
    store: Store
    network: Network
    """What is live; only on the loop's thread, that is, in `async def` handlers."""
    hub: Hub
    platforms: PlatformDesk
    """What platforms are asked through; as ``network``."""
    fleet_token: str = ""
    """What roles of this network show; empty: nobody is one."""
    attempts: Attempts = field(default_factory=Attempts)
    hashing: Hashing = field(default_factory=Hashing)
    provider: Provider = field(default_factory=Provider)
    touches: Touches = field(default_factory=Touches)
    origins: Origins = field(default_factory=Origins)
    happened: Callable[[Event], None] = _unheard
    """Tells the rest of the control role what came about in a request; from any thread, and quick."""
    now_ms: Callable[[], int] = wall_ms


async def context(request: Request) -> Context:
    """A coroutine, since a plain function would cost a trip to a thread."""
    found: Context = request.app.state.context
    return found


Here = Annotated[Context, Depends(context)]
