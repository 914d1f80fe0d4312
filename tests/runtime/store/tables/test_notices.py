import pytest
from sqlalchemy.exc import IntegrityError
from tests.runtime.store.outbox import row

from manycast.runtime.store.store import Store


def test_the_same_is_never_put_into_the_outbox_twice(store: Store) -> None:
    with store.record() as db:
        db.add(row("dlv_1", once="x"))
    with pytest.raises(IntegrityError), store.record() as db:
        db.add(row("dlv_2", once="x"))
