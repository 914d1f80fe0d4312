"""Turns events into deliveries in the outbox, in the transaction that writes the event itself down."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import time

from sqlalchemy.orm import Session

from manycast.control.events import Event
from manycast.control.notice import ENDS
from manycast.control.notices import REMEMBERED_MAX, Notices, Place, Rule, Telling, Told
from manycast.control.quiet import Quiet
from manycast.model.notices import Kind, Quietly
from manycast.runtime import clock
from manycast.runtime.notices.letters import letter
from manycast.runtime.store import channels, deliveries, rules
from manycast.runtime.store.database import UnavailableError, blame
from manycast.runtime.store.deliveries import Letter
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.notices import Delivery, Rule as Row, Target
from manycast.settings.tree import Settings


log = logging.getLogger("manycast.notices")

LOOK_S = 0.5
"""Between two looks at what has waited long enough to be told."""
WAITING_MAX = 1000
"""Deliveries for one target; whoever does not answer for so long gets no more of it."""
FRESH_MAX = 1000
"""Deliveries made between two looks; of the oldest of more nobody who watches hears before they are sent."""
REMEMBERED_MS = 86_400_000
"""The longest cool-down: what was told before it is no reason for silence any more."""


class Desk:
    """``take`` from any thread, one event at a time, in order; ``run`` beside it until cancelled."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        changed: Callable[[str], None] = lambda _: None,
        now_ms: Callable[[], int] = clock.wall_ms,
    ) -> None:
        """``changed`` is told the id of each delivery that waits from now on, in some thread."""
        self._store = store
        self._settings = settings
        self._changed = changed
        self._now_ms = now_ms
        with store.read() as db:
            told = remembered(deliveries.lately(db, now_ms() - REMEMBERED_MS, REMEMBERED_MAX))
        self._engine = Notices(told=told)
        self._guard = threading.Lock()
        self._event: Event | None = None
        self._told: list[Telling] = []
        self._unwritten: list[Telling] = []
        self._fresh = deque[str](maxlen=FRESH_MAX)

    def take(self, db: Session, event: Event, _: int = 0) -> None:
        """Put what is to be told of it into the outbox, by the wall clock, which quiet hours go by.

        The same event comes again when its transaction failed: it is told as the first time.
        """
        in_force = rules.in_force(db)
        with self._guard:
            if event is not self._event:
                self._event, self._told = event, self._decide(in_force, event)
            told = self._told
        self._write(db, told)

    def _decide(self, in_force: Sequence[Row], event: Event) -> list[Telling]:
        try:
            self._engine.use(map(_rule, in_force))
            return self._engine.handle(event, self._now_ms())
        except (
            Exception
        ):  # a rule that cannot be read must not keep the event itself out of the books
            log.exception("nobody is told of %r", event)
            return []

    async def run(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.look)
            except UnavailableError:
                pass  # the books have said so in the log; what is unwritten stays so
            except Exception:
                log.exception("notices that waited could not be told")
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Tell what has waited long enough. Raises UnavailableError."""
        with self._guard:
            deadline = self._engine.next_deadline()
            if deadline is not None and deadline <= self._now_ms():
                self._unwritten += self._engine.handle_timer(self._now_ms())
            told = list(self._unwritten)
        if told:
            with self._store.record() as db:
                self._write(db, told)
            del self._unwritten[: len(told)]
        while self._fresh:
            self._changed(self._fresh.popleft())

    def _write(self, db: Session, tellings: Sequence[Telling]) -> None:
        for telling in tellings:
            try:
                with blame(), db.begin_nested():
                    self._tell(db, telling)
            except UnavailableError:
                raise
            except (
                Exception
            ):  # what cannot be told must keep neither others nor the event itself back
                log.exception("nobody is told of %s", telling.notice.once)

    def _tell(self, db: Session, telling: Telling) -> None:
        rule = db.get(Row, telling.rule_id)
        if rule is None:
            return
        channel = channels.by_name(db, telling.notice.channel)
        told = letter(self._settings, telling.notice, rule, channel.title if channel else "")
        for target_id in rule.targets:
            target = db.get(Target, target_id)
            if target is not None and target.enabled:
                self._add(db, told, target, telling.due_ms)

    def _add(self, db: Session, told: Letter, target: Target, due_ms: int) -> None:
        if deliveries.waiting(db, target.id, WAITING_MAX) >= WAITING_MAX:
            log.warning("%s is not told of %s: too much waits for it", target.id, told.once)
            return
        patience_ms = round(self._settings.notices.give_up_s * 1000)
        until_ms = due_ms + patience_ms
        row = deliveries.add(
            db, told, target, now_ms=self._now_ms(), due_ms=due_ms, until_ms=until_ms
        )
        if row is not None:
            self._fresh.append(row.id)


def _rule(row: Row) -> Rule:
    return Rule(
        id=row.id,
        kinds=frozenset(map(Kind, row.kinds)),
        channels=frozenset(row.channels),
        lasting_ms=row.lasting_ms,
        cooldown_ms=row.cooldown_ms,
        quiet=_quiet(row.quiet) if row.quiet else None,
    )


def _quiet(value: dict[str, str]) -> Quiet:
    return Quiet(
        zone=value["zone"],
        begins=time.fromisoformat(value["begins"]),
        ends=time.fromisoformat(value["ends"]),
        instead=Quietly(value["instead"]),
    )


def remembered(rows: Sequence[Delivery]) -> dict[Place, Told]:
    """What was told last, of each topic by each rule; the newest row is the last."""
    told: dict[Place, Told] = {}
    for row in rows:
        kind = Kind(row.kind)
        place = (row.rule_id, ENDS.get(kind, kind), row.subject)
        before = told.get(place)
        # As in the engine: a cool-down runs from the beginning of a trouble.
        at_ms = before.at_ms if before and kind in ENDS else row.created_ms
        once = row.once.rpartition(">")[0]
        told[place] = Told(kind=kind, once=once, at_ms=at_ms, past=True)
    return told
