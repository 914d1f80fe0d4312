"""What the conductor needs of the books."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from manycast.model.destinations import Platform
from manycast.platforms.values import Ingest, Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A destination that is switched on and has a connected account."""

    destination_id: str
    channel: str
    """Its name."""
    platform: Platform
    account_id: str
    external_id: str
    listing: Listing = field(default_factory=Listing)
    """With the destination's own exceptions already in it; the category is this platform's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An account that is connected, whether or not anything uses it now."""

    account_id: str
    platform: Platform
    external_id: str


class Plan(Protocol):
    """Called in threads."""

    def wanted(self) -> Sequence[Wanted]: ...

    def accounts(self) -> Sequence[Connection]:
        """Those whose state is connected."""
        ...

    def keep_ingest(self, destination_id: str, ingest: Ingest) -> None:
        """Where its stream is to be sent, as the platform says now.

        Nothing when the key is known: a stream that runs is not moved because another server is nearer now.
        """
        ...
