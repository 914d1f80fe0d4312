import pytest
from sqlalchemy.exc import IntegrityError
from tests.runtime.store.sending import account, destination
from tests.runtime.store.test_channels import channel

from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.destinations import Destination, PlatformAccount


def test_a_destination_outlives_its_account_and_not_its_channel(store: Store) -> None:
    live = channel("live")
    with store.record() as db:
        db.add(live)
        db.flush()
        one = account(live)
        db.add(one)
        db.flush()
        db.add(destination(live, account_id=one.id))
    with store.record() as db:
        db.delete(db.merge(one))
    with store.record() as db:
        assert db.query(Destination).one().account_id is None
        db.delete(db.merge(live))
    with store.read() as db:
        assert db.query(Destination).count() == 0


def test_an_account_is_connected_to_a_channel_once(store: Store) -> None:
    live = channel("live")
    with store.record() as db:
        db.add(live)
        db.flush()
        db.add(account(live))
    with pytest.raises(IntegrityError), store.record() as db:
        db.add(account(live, id="acc_0000000000000002"))
    with store.read() as db:
        assert db.query(PlatformAccount).count() == 1
