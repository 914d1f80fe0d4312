from manycast.runtime.store import channels, stream_keys
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.channels import Channel


def channel(name: str, slot: int | None = None) -> Channel:
    return Channel(
        id=new_id("chn"),
        name=name,
        title=name,
        description="",
        recording=False,
        kicks=0,
        srt_sealed=None,
        srt_slot=slot,
        created_ms=0,
    )


def test_a_key_is_found_by_its_digest_alone(store: Store) -> None:
    live = channel("live")
    with store.record() as db:
        db.add(live)
        db.flush()
        row, secret = stream_keys.issue(db, live.id, "first", 1)
    with store.read() as db:
        found = channels.by_digest(db, channels.digest_of(secret))
        assert found is not None
        assert (found[0].name, found[1].id) == ("live", row.id)
        assert channels.by_digest(db, channels.digest_of(secret + "x")) is None
        assert channels.key_digests(db, live.id) == {channels.digest_of(secret)}
        assert channels.ids_by_name(db) == {"live": live.id}


def test_the_first_free_slot_is_taken(store: Store) -> None:
    with store.record() as db:
        assert channels.free_srt_slot(db) == 0
        db.add_all([channel("a", 0), channel("b", 2), channel("c")])
        db.flush()
        assert channels.free_srt_slot(db) == 1


def test_channels_are_listed_by_who_reaches_them(store: Store) -> None:
    mine = channel("a")
    with store.record() as db:
        db.add_all([mine, channel("b")])
    with store.read() as db:
        assert [one.name for one in db.scalars(channels.among([mine.id]))] == ["a"]
        assert len(db.scalars(channels.among(None)).all()) == 2
        assert channels.among([]) is not None
        assert db.scalars(channels.among([])).all() == []
