import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from tests.runtime.store.people import api_key, logged_in, person

from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.accounts import ApiKey, LoginSession


def test_no_two_people_differ_only_in_the_case_of_their_name(store: Store) -> None:
    with store.record() as db:
        person(db, "Ann")
        with pytest.raises(IntegrityError):
            person(db, "ann")
        db.rollback()


def test_nothing_logs_in_as_somebody_who_was_removed(store: Store) -> None:
    with store.record() as db:
        ann = person(db, "ann")
        logged_in(db, ann, "cookie")
        api_key(db, ann, "key")
    with store.record() as db:
        db.delete(db.merge(ann))
    with store.read() as db:
        assert db.scalar(select(func.count()).select_from(LoginSession)) == 0
        assert db.scalar(select(func.count()).select_from(ApiKey)) == 0
