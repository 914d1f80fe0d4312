from dataclasses import replace

import pytest
from sqlalchemy.orm import Session
from tests.runtime.store.people import person

from manycast.control.permissions import Role
from manycast.control.sign_on import Identity, RefusedError
from manycast.runtime.accounts.provider import Client
from manycast.runtime.store import invitations, sign_on, users
from manycast.runtime.store.sign_on import SignOn
from manycast.runtime.store.store import Store


CLOSED = SignOn("Example", "https://id.example.org", "manycast", None, [])
ANN = Identity("https://id.example.org", "42", "ann@example.org", "ann")


def opened(db: Session, who: Identity = ANN, chosen: SignOn = CLOSED, link_to: str = "") -> str:
    return sign_on.person(db, who, chosen, link_to, 1).name


def test_a_secret_is_kept_sealed_until_there_is_another(store: Store) -> None:
    with store.record() as db:
        assert sign_on.read(db) is None
        assert sign_on.client(db, store.secrets) is None
        sign_on.write(db, CLOSED, store.secrets.seal("hush"), 1)
        version = sign_on.write(db, replace(CLOSED, name="Other"), None, 2)
        assert sign_on.read(db) == (replace(CLOSED, name="Other"), version)
        assert sign_on.client(db, store.secrets) == Client(CLOSED.issuer, "manycast", "hush")


def test_an_identity_opens_the_same_account_ever_after(store: Store) -> None:
    with store.record() as db:
        person(db, "Ann", email="ann@example.org")
        assert opened(db) == "Ann"
        assert opened(db, replace(ANN, email="new@example.org")) == "Ann"
        with pytest.raises(RefusedError, match="nobody is known"):
            opened(db, replace(ANN, subject="43", email=None))
        with pytest.raises(RefusedError, match="nobody is known"):
            opened(db, replace(ANN, issuer="https://evil.example", email=None))


def test_an_account_with_a_second_factor_is_not_taken_over_by_its_address(store: Store) -> None:
    with store.record() as db:
        ann = person(db, "ann", email="ann@example.org")
        ann.totp_on = True
        with pytest.raises(RefusedError) as refused:
            opened(db)
        assert refused.value.name == "sign-on-second-factor"
        assert opened(db, link_to=ann.id) == "ann", "its owner may"
        assert opened(db) == "ann"


def test_an_address_that_somebody_entered_catches_nobody_else(store: Store) -> None:
    """Else whoever enters a colleague's address would share the account that the colleague lands in."""
    with store.record() as db:
        eve = person(db, "eve", Role.VIEWER)
        users.enter_email(eve, "Ann@example.org")
        with pytest.raises(RefusedError) as refused:
            opened(db)
        assert refused.value.name == "sign-on-own-address"
        users.enter_email(eve, "ann@example.org")
        assert eve.email_own, "the same again"
        row, _ = invitations.make(db, role="operator", by="joe", now_ms=0, lasts_ms=10)
        row.email = "ann@example.org"
        db.flush()
        assert opened(db) == "ann", "who was invited has it"
        assert eve.email is None


def test_an_identity_is_linked_by_who_is_logged_in_but_never_to_two(store: Store) -> None:
    with store.record() as db:
        bob, joe = person(db, "bob"), person(db, "joe")
        assert opened(db, link_to=bob.id) == "bob"
        with pytest.raises(RefusedError) as refused:
            opened(db, link_to=joe.id)
        assert refused.value.name == "sign-on-taken"


def test_who_is_invited_joins_with_the_role_that_was_meant(store: Store) -> None:
    with store.record() as db:
        row, _ = invitations.make(db, role="operator", by="joe", now_ms=0, lasts_ms=10)
        row.email = "ann@example.org"
        db.flush()
        made = sign_on.person(db, ANN, CLOSED, "", 1)
        db.flush()
        assert (made.name, made.role, made.password_hash) == ("ann", Role.OPERATOR, None)
        assert invitations.by_email(db, "ann@example.org", 1) is None


@pytest.mark.parametrize(
    ("domains", "email", "welcome"),
    [
        ([], "ann@example.org", True),
        ([], None, True),
        (["example.org"], "ann@example.org", True),
        (["example.org"], "ann@evil-example.org", False),
        (["example.org"], "ann@example.org.evil.example", False),
        (["example.org"], None, False),
    ],
)
def test_strangers_come_in_when_the_rules_say_so(
    store: Store, domains: list[str], email: str | None, welcome: bool
) -> None:
    chosen = replace(CLOSED, role_for_strangers="viewer", domains=domains)
    with store.record() as db:
        who = replace(ANN, email=email)
        if welcome:
            assert sign_on.person(db, who, chosen, "", 1).role == Role.VIEWER
        else:
            with pytest.raises(RefusedError):
                opened(db, who, chosen)


def test_two_of_one_name_are_told_apart(store: Store) -> None:
    chosen = replace(CLOSED, role_for_strangers="viewer")
    with store.record() as db:
        person(db, "Ann")
        names = [opened(db, replace(ANN, subject=str(n), email=None), chosen) for n in range(2)]
        assert names == ["ann2", "ann3"]
