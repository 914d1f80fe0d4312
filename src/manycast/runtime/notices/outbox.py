"""The outbox as the deliverer uses it: what it takes is its own for a while, and comes back if it dies."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from manycast.model.notices import Kind, Way
from manycast.runtime.notices.mail import Postbox
from manycast.runtime.notices.outgoing import Outgoing
from manycast.runtime.notices.senders import Senders
from manycast.runtime.store import deliveries, mail
from manycast.runtime.store.audit import MACHINE
from manycast.runtime.store.sealing import SealError
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.notices import Delivery, Target
from manycast.settings.notices import NoticesSettings


MARGIN_S = 20.0
"""Beyond an attempt's own patience, before another process may think that ours has died."""
GRACE_MS = 60_000
"""What should have been given up long ago is given up after this: its last attempt may be under way."""
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Ready:
    outgoing: Outgoing
    postbox: Postbox | None


class Outbox:
    """From any thread; each call is a transaction of its own, and raises UnavailableError."""

    def __init__(self, store: Store, settings: NoticesSettings, senders: Senders) -> None:
        self._store = store
        self._settings = settings
        self._senders = senders

    def take(
        self, now_ms: int, limit: int, busy: frozenset[str], resting: frozenset[str]
    ) -> list[Ready]:
        """One for each target at most, the oldest first."""
        with self._store.read() as db:
            rows = deliveries.due(db, now_ms, limit * 4, busy=busy, resting=resting)
        first: dict[str, Delivery] = {}
        for row in rows:
            first.setdefault(row.target_id, row)
        taken = (self._claim(row, now_ms) for row in list(first.values())[:limit])
        return [ready for ready in taken if ready is not None]

    def _claim(self, row: Delivery, now_ms: int) -> Ready | None:
        lease_ms = round((self._settings.timeout_s + MARGIN_S) * 1000)
        with self._store.record() as db:
            if not deliveries.claim(db, row, now_ms=now_ms, until_ms=now_ms + lease_ms):
                return None
            target = db.get(Target, row.target_id)
            if target is None:
                deliveries.failed(db, row.id, "The target was deleted.")
                return None
            if not target.enabled and row.kind != Kind.TEST:
                deliveries.failed(db, row.id, "The target is switched off.")
                return None
            try:
                return Ready(self._outgoing(row, target, now_ms), self._postbox(db, target))
            except SealError as error:
                deliveries.failed(db, row.id, str(error))
                return None

    def _outgoing(self, row: Delivery, target: Target, now_ms: int) -> Outgoing:
        """Raises SealError."""
        unseal = self._store.secrets.open
        old = target.old_secret if now_ms < target.old_until_ms else None
        return Outgoing(
            id=row.id,
            kind=Kind(row.kind),
            at_ms=row.at_ms,
            title=row.title,
            text=row.text,
            data=row.data,
            attempts=row.attempts + 1,
            until_ms=row.until_ms,
            target_id=target.id,
            way=Way(target.kind),
            url=unseal(target.url) if target.url else "",
            recipients=tuple(target.recipients),
            secrets=tuple(unseal(each) for each in (target.secret, old) if each),
        )

    def _postbox(self, db: Session, target: Target) -> Postbox | None:
        if target.kind != Way.EMAIL:
            return None
        found, row = mail.read(db)
        return self._senders.postbox(found, mail.password(row, self._store.secrets))

    def delivered(self, outgoing: Outgoing, now_ms: int, note: str) -> None:
        with self._store.record() as db:
            deliveries.delivered(db, outgoing.id, now_ms, note)

    def failed(self, outgoing: Outgoing, reason: str) -> None:
        with self._store.record() as db:
            deliveries.failed(db, outgoing.id, reason)

    def postponed(self, outgoing: Outgoing, reason: str, at_ms: int) -> None:
        with self._store.record() as db:
            deliveries.postponed(db, outgoing.id, reason, at_ms)

    def switch_off(self, target_id: str) -> None:
        with self._store.change(MACHINE, "target.disable", target_id, {"why": "gone"}) as db:
            target = db.get(Target, target_id)
            if target is not None:
                target.enabled = False

    def tidy(self, now_ms: int) -> None:
        with self._store.record() as db:
            deliveries.expire(db, now_ms - GRACE_MS)
            deliveries.forget(db, now_ms - round(self._settings.kept_days * DAY_MS))
