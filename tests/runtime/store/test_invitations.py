from tests.runtime.store.people import person

from manycast.runtime.store import invitations
from manycast.runtime.store.store import Store


def test_the_newest_invitation_of_an_address_is_found_by_it(store: Store) -> None:
    with store.record() as db:
        bob = person(db, "bob", email="joe@example.org")
        for at, user in ((1, None), (2, None), (3, bob)):
            row, _ = invitations.make(
                db, role="viewer", by="ann", now_ms=at, lasts_ms=100, user=user
            )
            row.email = "joe@example.org"
        db.flush()
        found = invitations.by_email(db, "JOE@example.org", 50)
        assert found
        assert found.created_ms == 2, "a reset invites nobody"
        assert invitations.by_email(db, "joe@example.org", 102) is None
        assert invitations.by_email(db, "bob@example.org", 50) is None


def test_a_token_is_kept_as_its_digest_only(store: Store) -> None:
    with store.record() as db:
        row, token = invitations.make(db, role="viewer", by="ann", now_ms=1, lasts_ms=100)
        db.flush()
        assert token not in str(vars(row))
        assert invitations.by_token(db, token, 100) is row
        assert invitations.by_token(db, token, 101) is None
