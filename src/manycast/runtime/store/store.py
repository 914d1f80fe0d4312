"""The one door to the database: transactions that read, change on somebody's behalf, or record."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from manycast.runtime import clock
from manycast.runtime.store import audit, database, revisions
from manycast.runtime.store.audit import Actor
from manycast.runtime.store.sealing import SealError, Secrets
from manycast.runtime.store.tables.settings import Setting
from manycast.runtime.store.turns import Turns
from manycast.settings.state import StateSettings


KEY_FILE = "secret.key"
"""In ``--dir``."""
PROBE = "probe"
"""The settings row with something sealed, by which the right key is known."""
DAY_MS = 86_400_000
log = logging.getLogger(__name__)


class Store:
    """Each ``with`` is one transaction, committed at its end, undone by an exception.

    Rows stay readable after it. All of them raise UnavailableError when the database does not answer. From any thread.
    """

    def __init__(self, settings: StateSettings, directory: Path) -> None:
        self.secrets = Secrets(key_file(settings, directory))
        self.engine = database.connect(settings, directory)
        self.on_change: Callable[[str], None] = _nobody_asked
        """Called with the action, in the thread that changed something, after the commit."""
        self._audit_kept_ms = settings.audit_kept_days * DAY_MS
        self._forget_ms = 0
        self._turns = Turns(settings.wait_s)
        self._reads = sessionmaker(database.reading(self.engine), expire_on_commit=False)
        self._writes = sessionmaker(database.writing(self.engine), expire_on_commit=False)
        try:
            with database.blame():
                revisions.upgrade(self.engine)
            self._know_the_key()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One unchanging view; nothing is written."""
        with database.blame(), self._reads() as db:
            yield db

    @contextmanager
    def change(
        self, actor: Actor, action: str, target: str, detail: dict[str, Any] | None = None
    ) -> Iterator[Session]:
        """What somebody changes, with its row in the audit log; ``detail`` may be filled until the end."""
        with self.record() as db:
            yield db
            audit.note(db, actor, action, target, detail)
            self._forget(db, clock.wall_ms())
        self.on_change(action)

    @contextmanager
    def record(self) -> Iterator[Session]:
        """What machines write down: no row in the audit log."""
        with database.blame(), self._turns, self._writes.begin() as db:
            yield db

    def _forget(self, db: Session, now_ms: int) -> None:
        """Once a day, with a change that comes anyway."""
        if now_ms >= self._forget_ms:
            audit.forget(db, now_ms - self._audit_kept_ms)
            self._forget_ms = now_ms + DAY_MS

    def check(self) -> None:
        """Raise UnavailableError when the database does not answer."""
        with self.read() as db:
            db.execute(text("SELECT 1"))

    def _know_the_key(self) -> None:
        """Say so at the start, and not only when a secret is needed, if it is not this database's key."""
        with self.record() as db:
            sealed = probe(db)
            if sealed is None:
                sealed = self.secrets.seal(PROBE)
                db.add(Setting(key=PROBE, value={}, sealed=sealed, changed_ms=clock.wall_ms()))
        try:
            self.secrets.open(sealed)
        except SealError as error:
            log.warning("%s", error)

    def close(self) -> None:
        self.engine.dispose()


def key_file(settings: StateSettings, directory: Path) -> Path:
    return Path(settings.key_file) if settings.key_file else directory / KEY_FILE


def probe(db: Session) -> bytes | None:
    """A word that whoever has the right key can open; None before the first start."""
    return db.scalar(select(Setting.sealed).where(Setting.key == PROBE))


def _nobody_asked(action: str) -> None:
    pass
