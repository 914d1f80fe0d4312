import ssl
from pathlib import Path

from tests.runtime.store.outbox import row, target

from manycast.model.notices import Way
from manycast.runtime.notices.outbox import MARGIN_S, Outbox
from manycast.runtime.notices.senders import Senders
from manycast.runtime.store import targets
from manycast.runtime.store.mail import MailSettings, write
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.audit import Audit
from manycast.runtime.store.tables.notices import Delivery, Target
from manycast.settings.notices import NoticesSettings
from manycast.settings.state import StateSettings


SETTINGS = NoticesSettings(timeout_s=10)
NOBODY: frozenset[str] = frozenset()


def outbox(store: Store) -> Outbox:
    return Outbox(store, SETTINGS, Senders(SETTINGS, ssl.create_default_context()))


def get(store: Store, delivery_id: str) -> Delivery:
    with store.read() as db:
        return db.get_one(Delivery, delivery_id)


def test_each_target_gets_one_at_a_time_and_the_oldest_first(store: Store) -> None:
    with store.record() as db:
        db.add_all([target("tgt_1"), target("tgt_2")])
        db.add_all([row("dlv_1", due_ms=2), row("dlv_2", due_ms=1)])
        db.add(row("dlv_3", target_id="tgt_2"))
    taken = outbox(store).take(10, 10, NOBODY, NOBODY)
    assert sorted(ready.outgoing.id for ready in taken) == ["dlv_2", "dlv_3"]


def test_what_a_dead_process_took_comes_back(store: Store) -> None:
    with store.record() as db:
        db.add_all([target(), row("dlv_1")])
    (first,) = outbox(store).take(0, 10, NOBODY, NOBODY)
    lease_ms = round((SETTINGS.timeout_s + MARGIN_S) * 1000)
    assert not outbox(store).take(lease_ms - 1, 10, NOBODY, NOBODY)
    (second,) = outbox(store).take(lease_ms, 10, NOBODY, NOBODY)
    assert (first.outgoing.id, first.outgoing.attempts) == ("dlv_1", 1)
    assert (second.outgoing.id, second.outgoing.attempts) == ("dlv_1", 2)


def test_what_its_target_needs_comes_along(store: Store) -> None:
    with store.record() as db:
        hook = target(kind=Way.WEBHOOK.value)
        targets.lead_to(hook, store.secrets, "https://example.org/in")
        old = targets.rotate(hook, store.secrets, 0)
        new = targets.rotate(hook, store.secrets, 100)
        db.add_all([hook, row("dlv_1"), row("dlv_2", due_ms=5)])
    (ready,) = outbox(store).take(1, 1, NOBODY, NOBODY)
    assert ready.outgoing.url == "https://example.org/in"
    assert ready.outgoing.secrets == (new, old)
    (ready,) = outbox(store).take(100, 1, NOBODY, NOBODY)
    assert ready.outgoing.secrets == (new,)


def test_mail_comes_with_its_server(store: Store) -> None:
    with store.record() as db:
        sealed = store.secrets.seal("hunter2")
        write(db, MailSettings(host="mail.test", username="me"), sealed, 1)
        db.add_all([target(kind=Way.EMAIL.value, recipients=["a@b"]), row("dlv_1")])
    (ready,) = outbox(store).take(1, 1, NOBODY, NOBODY)
    assert ready.postbox is not None
    assert ready.postbox.server.password == "hunter2"
    assert ready.outgoing.recipients == ("a@b",)


def test_what_cannot_be_sent_says_why(store: Store, tmp_path: Path) -> None:
    other = Store(StateSettings(), tmp_path / "other")
    with store.record() as db:
        db.add(target("tgt_1", url=other.secrets.seal("https://example.org/")))
        db.add(target("tgt_2", enabled=False))
        db.add_all([row("dlv_1"), row("dlv_2", target_id="tgt_2"), row("dlv_3", target_id="no")])
        db.add(row("dlv_4", target_id="tgt_2", kind="test", due_ms=1))
    other.close()
    taken = outbox(store).take(0, 10, NOBODY, NOBODY)
    assert not taken
    reasons = [get(store, f"dlv_{n}").reason for n in (1, 2, 3)]
    assert "put the file" in reasons[0]
    assert reasons[1:] == ["The target is switched off.", "The target was deleted."]
    (test,) = outbox(store).take(1, 10, NOBODY, NOBODY)
    assert test.outgoing.id == "dlv_4"


def test_who_wants_no_more_is_switched_off_and_the_log_says_so(store: Store) -> None:
    with store.record() as db:
        db.add(target())
    outbox(store).switch_off("tgt_1")
    with store.read() as db:
        assert not db.get_one(Target, "tgt_1").enabled
        assert [each.action for each in db.query(Audit)] == ["target.disable"]


def test_tidying_forgets_the_old_and_gives_up_the_overdue(store: Store) -> None:
    day_ms = 86_400_000
    with store.record() as db:
        db.add_all(
            [
                row("dlv_1", state="delivered"),
                row("dlv_2", until_ms=40 * day_ms, created_ms=40 * day_ms),
            ]
        )
    outbox(store).tidy(41 * day_ms)
    with store.read() as db:
        assert db.get(Delivery, "dlv_1") is None
        assert db.get_one(Delivery, "dlv_2").state == "failed"
