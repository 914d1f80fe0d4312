from tests.runtime.store.sending import account, destination
from tests.runtime.store.test_channels import channel

from manycast.model.destinations import Platform
from manycast.runtime.store import destinations
from manycast.runtime.store.grants import grants, revision
from manycast.runtime.store.store import Store


def test_an_origin_learns_of_what_is_switched_on_and_has_a_server(store: Store) -> None:
    live, other = channel("live"), channel("other")
    with store.record() as db:
        db.add_all([live, other])
        db.flush()
        db.add(account(live))
        db.flush()
        sealed = store.secrets.seal("live_secret")
        own = {"height": 720, "video_bps": 3_000_000}
        db.add_all(
            [
                destination(live, key_sealed=sealed, platform=Platform.KICK, encode=own),
                destination(live, id="dst_0000000000000002", enabled=False),
                destination(live, id="dst_0000000000000003", url=""),
                destination(other, id="dst_0000000000000004"),
            ]
        )
    with store.read() as db:
        first, second = grants(db, store.secrets)
    (sent,) = first.destinations
    assert (sent.url, sent.key, sent.limits.width_max) == (
        "rtmp://there.example/app",
        "live_secret",
        1920,
    )
    assert sent.encode is not None
    assert sent.encode.height == 720
    assert [one.id for one in second.destinations] == ["dst_0000000000000004"]


def test_starting_is_also_another_attempt_and_changes_the_revision(store: Store) -> None:
    live = channel("live")
    with store.record() as db:
        db.add(live)
        db.flush()
        db.add(destination(live))
    seen = set()
    for change in (destinations.stop, destinations.start, destinations.start):
        with store.record() as db:
            change(destinations.of_channel(db, live.id))
        with store.read() as db:
            seen.add(revision(db))
            (row,) = destinations.of_channel(db, live.id)
    assert len(seen) == 3
    assert (row.enabled, row.attempt) == (True, 2)
    with store.read() as db:
        assert destinations.count(db, live.id) == 1
        (known,) = destinations.known(db)
    assert (known.channel, known.addressed, known.connected) == ("live", True, False)
