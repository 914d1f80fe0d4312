from tests.runtime.store.test_channels import channel

from manycast.runtime.store import stream_keys
from manycast.runtime.store.channels import digest_of
from manycast.runtime.store.store import Store


def test_the_books_hold_no_key(store: Store) -> None:
    live = channel("live")
    with store.record() as db:
        db.add(live)
        db.flush()
        row, secret = stream_keys.issue(db, live.id, "first", 1)
    assert len(secret) == 24
    held = [str(getattr(row, column.key)) for column in row.__table__.columns]
    assert secret not in held
    assert row.hint == secret[:4]


def test_rotating_makes_another_key_and_forgets_when_the_old_one_was_used(store: Store) -> None:
    live = channel("live")
    with store.record() as db:
        db.add(live)
        db.flush()
        row, old = stream_keys.issue(db, live.id, "first", 1)
        row.used_ms = 5
    with store.record() as db:
        row = db.merge(row)
        new = stream_keys.rotate(row, 7)
    assert new != old
    assert row.digest == digest_of(new)
    assert (row.rotated_ms, row.used_ms, row.version) == (7, None, 3)
