"""What the conductor and the API ask of a platform, whichever it is; all of it raises PlatformError."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from manycast.model.destinations import Platform as Name
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


class Presence(Protocol):
    """One connected account."""

    async def account(self) -> Account: ...

    async def check(self) -> None:
        """The leave still holds. Asked hourly, so that it does not run out unused and nobody is surprised."""
        ...

    async def ingest(self) -> Ingest: ...

    async def set_listing(self, listing: Listing) -> Sequence[str]:
        """What the platform could not take as it was, one sentence for people each."""
        ...

    async def categories(self, text: str) -> Sequence[Category]: ...

    async def go_live(self, listing: Listing) -> None:
        """The stream has begun to arrive there. Like ``end``, safe to repeat, and nothing where a platform shows what it gets."""
        ...

    async def end(self) -> None: ...

    async def look(self) -> OnAir: ...

    def listen(self) -> AsyncGenerator[Heard, None]:
        """Chat and changes, until cancelled; connects again by itself and says so with ChatTrouble.

        Raises only what a person must mend (UnauthorizedError, ForbiddenError, RefusedError).
        """
        ...

    async def say(self, text: str) -> None: ...

    async def disconnect(self) -> None:
        """Give the leave back."""
        ...


class Platform(Protocol):
    name: Name

    async def begin_connect(self, redirect_url: str) -> Flow:
        """``redirect_url`` is ours, for platforms that send the browser back."""
        ...

    async def finish_connect(self, flow: Flow, answer: Mapping[str, str]) -> Connected | None:
        """``answer`` is the query that the browser came back with. None: the person has not done it yet."""
        ...

    def presence(self, account_id: str, external_id: str) -> Presence: ...
