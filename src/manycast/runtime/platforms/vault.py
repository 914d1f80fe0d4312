"""What speaking with platforms needs of the books."""

from dataclasses import dataclass, field
from typing import Protocol

from manycast.model.destinations import AccountState, Platform
from manycast.platforms.values import App, Tokens


class GoneError(Exception):
    """The account was disconnected meanwhile, or its tokens cannot be opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A connected account, as it is in the books."""

    account_id: str
    platform: Platform
    external_id: str
    state: AccountState
    tokens: Tokens = field(repr=False)


class Vault(Protocol):
    """Called in threads, never on the loop; tokens and secrets lie sealed."""

    def app(self, platform: Platform) -> App | None: ...

    def leave(self, account_id: str) -> Leave:
        """Raises GoneError."""
        ...

    def keep(self, account_id: str, tokens: Tokens) -> None:
        """These replace the ones that are known; the account is connected. Nothing when it is gone."""
        ...

    def tell(self, account_id: str, state: AccountState, trouble: str) -> None:
        """What became of the account, for people. Nothing when it is gone."""
        ...

    def spent(self, platform: Platform, day: str) -> int:
        """Units of quota."""
        ...

    def spend(self, platform: Platform, day: str, units: int) -> None: ...
