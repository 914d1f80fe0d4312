from sqlalchemy import select

from manycast.runtime.store.audit import MACHINE, Actor, note
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.audit import Audit


def test_a_row_names_the_person_the_credential_and_the_address(store: Store) -> None:
    ada = Actor(user_id="usr_1", name="Ada", credential_id="ses_1", address="192.0.2.1")
    with store.record() as db:
        note(db, ada, "channel.create", "chn_1", {"title": "One"})
        note(db, MACHINE, "key.import", "key_1")
    with store.read() as db:
        first, second = db.scalars(select(Audit).order_by(Audit.action)).all()
    assert (first.actor_id, first.actor_name, first.credential_id) == ("usr_1", "Ada", "ses_1")
    assert (first.address, first.detail) == ("192.0.2.1", {"title": "One"})
    assert (second.actor_id, second.detail) == ("", {})
