"""The books that speaking with platforms needs, in the store."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict

from sqlalchemy import update

from manycast.model.destinations import AccountState, Platform
from manycast.platforms.values import App, Ingest, Tokens
from manycast.runtime.platforms.plan import Connection, Wanted
from manycast.runtime.platforms.vault import GoneError, Leave
from manycast.runtime.store import platforms
from manycast.runtime.store.sealing import SealError, Secrets
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.channels import Channel
from manycast.runtime.store.tables.destinations import Destination, PlatformAccount


log = logging.getLogger("manycast.platforms")

Told = Callable[[PlatformAccount, str], None]
"""Hears of an account that is not what it was, with its channel's name; in some thread."""


def seal(secrets: Secrets, tokens: Tokens) -> bytes:
    return secrets.seal(json.dumps(asdict(tokens)))


class StoredVault:
    def __init__(self, store: Store, changed: Told = lambda _account, _channel: None) -> None:
        self._store = store
        self._changed = changed

    def app(self, platform: Platform) -> App | None:
        with self._store.read() as db:
            row = platforms.app(db, platform)
        if row is None:
            return None
        sealed = row.secret_sealed
        try:
            return App(row.client_id, self._store.secrets.open(sealed) if sealed else "")
        except SealError as error:
            log.warning("the app of %s cannot be used: %s", platform, error)
            return None

    def leave(self, account_id: str) -> Leave:
        with self._store.read() as db:
            row = db.get(PlatformAccount, account_id)
        if row is None:
            raise GoneError
        return Leave(
            account_id=row.id,
            platform=Platform(row.platform),
            external_id=row.external_id,
            state=AccountState(row.state),
            tokens=self._opened(row.tokens_sealed),
        )

    def keep(self, account_id: str, tokens: Tokens) -> None:
        with self._store.record() as db:
            db.execute(
                update(PlatformAccount)
                .where(PlatformAccount.id == account_id)
                .values(
                    tokens_sealed=seal(self._store.secrets, tokens),
                    scopes=list(tokens.scopes),
                    state=AccountState.CONNECTED,
                    trouble="",
                )
            )

    def tell(self, account_id: str, state: AccountState, trouble: str) -> None:
        with self._store.record() as db:
            row = db.get(PlatformAccount, account_id)
            if row is None or (row.state, row.trouble) == (state, trouble):
                return
            row.state, row.trouble = state, trouble
            channel = db.get_one(Channel, row.channel_id).name
        self._changed(row, channel)

    def spent(self, platform: Platform, day: str) -> int:
        with self._store.read() as db:
            return platforms.spent(db, platform, day)

    def spend(self, platform: Platform, day: str, units: int) -> None:
        with self._store.record() as db:
            platforms.spend(db, platform, day, units)

    def _opened(self, sealed: bytes) -> Tokens:
        try:
            fields = json.loads(self._store.secrets.open(sealed))
        except SealError:
            raise GoneError from None
        return Tokens(**{**fields, "scopes": tuple(fields["scopes"])})


class StoredPlan:
    def __init__(self, store: Store) -> None:
        self._store = store

    def wanted(self) -> Sequence[Wanted]:
        with self._store.read() as db:
            return [
                Wanted(
                    destination_id=one.destination.id,
                    channel=one.channel.name,
                    platform=(platform := Platform(one.destination.platform)),
                    account_id=one.account.id,
                    external_id=one.account.external_id,
                    listing=platforms.told(one.listing, platform, one.channel),
                )
                for one in platforms.sending(db)
            ]

    def accounts(self) -> Sequence[Connection]:
        with self._store.read() as db:
            return [
                Connection(
                    account_id=row.id,
                    platform=Platform(row.platform),
                    external_id=row.external_id,
                )
                for row in platforms.connected(db)
            ]

    def keep_ingest(self, destination_id: str, ingest: Ingest) -> None:
        secrets = self._store.secrets
        with self._store.record() as db:
            row = db.get(Destination, destination_id)
            if row is None:
                return
            key = secrets.open(row.key_sealed) if row.key_sealed else ""
            if not row.url or key != ingest.key:
                row.url, row.key_sealed = ingest.url, secrets.seal(ingest.key)
                row.attempt += 1  # one that gave up on the old key begins again
