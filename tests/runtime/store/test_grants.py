from tests.runtime.store.test_channels import channel

from manycast.runtime.store import channels, stream_keys
from manycast.runtime.store.grants import grants, revision
from manycast.runtime.store.store import Store


def test_an_origin_learns_what_it_needs_and_no_key(store: Store) -> None:
    live = channel("live", slot=0)
    live.srt_sealed = store.secrets.seal("passphrase-of-srt")
    with store.record() as db:
        db.add(live)
        db.flush()
        row, secret = stream_keys.issue(db, live.id, "first", 1)
    with store.read() as db:
        (grant,) = grants(db, store.secrets)
    assert grant.channel == "live"
    assert [(key.id, key.digest) for key in grant.keys] == [(row.id, channels.digest_of(secret))]
    assert grant.srt_passphrase == "passphrase-of-srt"
    assert grant.srt_slot == 0


def test_the_revision_changes_with_every_grant_and_with_nothing_else(store: Store) -> None:
    live = channel("live")
    seen = []

    def look() -> None:
        with store.read() as db:
            seen.append(revision(db))

    look()
    with store.record() as db:
        db.add(live)
        db.flush()
        row, _ = stream_keys.issue(db, live.id, "first", 1)
    look()
    with store.record() as db:
        db.merge(live).kicks += 1
    look()
    with store.record() as db:
        stream_keys.rotate(db.merge(row), 2)
    look()
    assert len(set(seen)) == 4
    with store.record() as db:
        channels.used(db, row.id, 9)
    look()
    assert seen[-1] == seen[-2]
