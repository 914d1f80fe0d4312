from pyotp import TOTP
from tests.runtime.store.people import person

from manycast.control.permissions import Role
from manycast.runtime.accounts.tokens import new_recovery_codes, new_totp_secret
from manycast.runtime.store import users
from manycast.runtime.store.store import Store


def test_a_name_goes_before_an_address_that_looks_like_it(store: Store) -> None:
    with store.record() as db:
        bob = person(db, "bob", email="ann@example.org")
        ann = person(db, "Ann@example.org", email="real@example.org")
        assert users.by_login(db, "ANN@example.org") is ann
        assert users.by_login(db, "bob") is bob
        assert users.by_login(db, " real@Example.org ") is ann
        assert users.by_login(db, "nobody") is None
        assert users.by_email(db, "REAL@example.org") is ann


def test_a_network_is_never_left_without_an_administrator(store: Store) -> None:
    with store.record() as db:
        assert not users.are_there_any(db)
        ann = users.add(db, "Ann", Role.ADMIN, email="A@b.c", password_hash=None, now_ms=1)
        bob = person(db, "bob", Role.OPERATOR)
        assert users.are_there_any(db)
        assert users.is_last_admin(db, ann)
        assert not users.is_last_admin(db, bob)
        bob.role = Role.ADMIN
        db.flush()
        assert not users.is_last_admin(db, ann)
        bob.disabled = True
        db.flush()
        assert users.is_last_admin(db, ann)


def test_a_code_of_the_phone_is_good_once(store: Store) -> None:
    secret, now_ms = new_totp_secret(), 1_700_000_000_000
    with store.record() as db:
        ann = person(db, "ann", totp_secret=store.secrets.seal(secret))
        code = TOTP(secret).at(now_ms // 1000)
        assert users.proves(db, store.secrets, ann, code, now_ms)
        assert not users.proves(db, store.secrets, ann, code, now_ms)


def test_a_code_on_paper_is_good_once_for_its_owner(store: Store) -> None:
    codes = new_recovery_codes()
    sealed = store.secrets.seal(new_totp_secret())
    with store.record() as db:
        ann = person(db, "ann", totp_secret=sealed)
        ann.totp_on = True
        bob = person(db, "bob", totp_secret=sealed)
        bob.totp_on = True
        users.replace_recovery_codes(db, ann, codes)
        assert not users.proves(db, store.secrets, bob, codes[0], 0)
        assert users.proves(db, store.secrets, ann, codes[0].upper(), 0)
        db.flush()
        assert not users.proves(db, store.secrets, ann, codes[0], 0)
        assert users.recovery_codes_left(db, ann) == len(codes) - 1


def test_new_codes_on_paper_replace_the_old(store: Store) -> None:
    old, new = new_recovery_codes(), new_recovery_codes()
    with store.record() as db:
        ann = person(db, "ann", totp_secret=store.secrets.seal(new_totp_secret()))
        ann.totp_on = True
        users.replace_recovery_codes(db, ann, old)
        users.replace_recovery_codes(db, ann, new)
        assert not users.proves(db, store.secrets, ann, old[0], 0)
        assert users.proves(db, store.secrets, ann, new[0], 0)
        users.forget_second_factor(db, ann)
        assert users.recovery_codes_left(db, ann) == 0
        assert not users.proves(db, store.secrets, ann, new[1], 0)
