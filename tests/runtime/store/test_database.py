import pytest
from sqlalchemy import exc, text

from manycast.runtime.store.store import Store


def broken_statement(store: Store) -> None:
    with store.read() as db:
        db.execute(text("SELECT * FROM nowhere WHERE secret = :secret"), {"secret": "hunter2"})


def test_our_own_mistakes_are_not_blamed_on_the_world_and_tell_no_secret(store: Store) -> None:
    with pytest.raises(exc.DBAPIError) as raised:
        broken_statement(store)
    assert "hunter2" not in str(raised.value)
