"""Books in memory, for what speaks with platforms."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from manycast.model.destinations import AccountState, Platform
from manycast.platforms.values import App, Ingest, Tokens
from manycast.runtime.platforms.plan import Connection, Wanted
from manycast.runtime.platforms.vault import GoneError, Leave
from manycast.runtime.store.database import UnavailableError


def leave(account_id: str = "acc_1", **fields: object) -> Leave:
    values: dict[str, object] = {
        "account_id": account_id, "platform": Platform.TWITCH, "external_id": "1001",
        "state": AccountState.CONNECTED, "tokens": Tokens(access="first-access", refresh="first-refresh"),
    }  # fmt: skip
    return Leave(**{**values, **fields})  # type: ignore[arg-type]  # a table of fields


def wanted(destination_id: str = "dst_1", **fields: object) -> Wanted:
    values: dict[str, object] = {
        "destination_id": destination_id, "channel": "live", "platform": Platform.TWITCH,
        "account_id": "acc_1", "external_id": "1001",
    }  # fmt: skip
    return Wanted(**{**values, **fields})  # type: ignore[arg-type]  # a table of fields


@dataclass
class MemoryVault:
    leaves: dict[str, Leave] = field(default_factory=lambda: {"acc_1": leave()})
    apps: dict[Platform, App] = field(
        default_factory=lambda: {
            Platform.TWITCH: App("our-client-id"),
            Platform.YOUTUBE: App("our-client-id", "our-app-secret"),
            Platform.KICK: App("our-client-id", "our-app-secret"),
        }
    )
    troubles: dict[str, str] = field(default_factory=dict)
    units: dict[tuple[Platform, str], int] = field(default_factory=dict)
    kept: list[Tokens] = field(default_factory=list)

    def app(self, platform: Platform) -> App | None:
        return self.apps.get(platform)

    def leave(self, account_id: str) -> Leave:
        try:
            return self.leaves[account_id]
        except KeyError:
            raise GoneError from None

    def keep(self, account_id: str, tokens: Tokens) -> None:
        self.kept.append(tokens)
        if account_id in self.leaves:
            self.leaves[account_id] = replace(self.leaves[account_id], tokens=tokens)

    def tell(self, account_id: str, state: AccountState, trouble: str) -> None:
        if account_id in self.leaves:
            self.leaves[account_id] = replace(self.leaves[account_id], state=state)
            self.troubles[account_id] = trouble

    def spent(self, platform: Platform, day: str) -> int:
        return self.units.get((platform, day), 0)

    def spend(self, platform: Platform, day: str, units: int) -> None:
        self.units[platform, day] = self.spent(platform, day) + units


@dataclass
class MemoryPlan:
    everything: list[Wanted] = field(default_factory=list)
    ingests: dict[str, Ingest] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)

    away: bool = False

    def wanted(self) -> Sequence[Wanted]:
        if self.away:
            raise UnavailableError("the database is locked")
        return list(self.everything)

    def accounts(self) -> Sequence[Connection]:
        return list(self.connections)

    def keep_ingest(self, destination_id: str, ingest: Ingest) -> None:
        self.ingests[destination_id] = ingest
