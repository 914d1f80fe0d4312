import pytest
from sqlalchemy.exc import IntegrityError

from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.idempotency import Idempotency


def reply(owner: str) -> Idempotency:
    return Idempotency(
        owner=owner, key="k", at_ms=1, request="r", status=201, headers={}, sealed=b""
    )


def test_one_reply_for_each_key_of_each_user(store: Store) -> None:
    with store.record() as db:
        db.add_all([reply("usr_1"), reply("usr_2")])
    with pytest.raises(IntegrityError), store.record() as db:
        db.add(reply("usr_1"))
