from dataclasses import replace

import pytest
from tests.runtime.store.people import api_key, logged_in, person

from manycast.control.permissions import Action, Principal, Role, allowed
from manycast.runtime.store.credentials import (
    TOUCH_MS,
    by_api_key,
    by_session,
    is_good,
    touch,
)
from manycast.runtime.store.store import Store
from manycast.settings.accounts import AccountsSettings


SETTINGS = AccountsSettings(session_idle_s=100, session_max_s=1000)


def shown(store: Store, cookie: str, now_ms: int) -> Principal | None:
    with store.read() as db:
        found = by_session(db, cookie, SETTINGS, now_ms)
        return found and found.who


def test_a_session_ends_when_idle_and_for_good(store: Store) -> None:
    with store.record() as db:
        logged_in(db, person(db, "ann"), "cookie")
    assert shown(store, "cookie", 99_999)
    assert not shown(store, "cookie", 100_000)
    for now_ms in range(0, 1_000_000, 50_000):
        who = shown(store, "cookie", now_ms)
        assert who
        with store.record() as db:
            touch(db, who.credential_id, now_ms)
    assert not shown(store, "cookie", 1_000_000)


def test_a_key_ends_when_it_was_told_to(store: Store) -> None:
    with store.record() as db:
        ann = person(db, "ann")
        api_key(db, ann, "short", Action.LIVE_READ, expires_ms=1_000)
        api_key(db, ann, "long", Action.LIVE_READ)
    with store.read() as db:
        assert by_api_key(db, "short", SETTINGS, 999)
        assert not by_api_key(db, "short", SETTINGS, 1_000)
        found = by_api_key(db, "long", SETTINGS, 10**15)
    assert found
    assert found.who.scopes == {Action.LIVE_READ}


def test_a_scope_that_no_longer_exists_allows_nothing(store: Store) -> None:
    with store.record() as db:
        api_key(db, person(db, "ann"), "key").scopes = ["live:read", "gone:write"]
    with store.read() as db:
        found = by_api_key(db, "key", SETTINGS, 0)
    assert found
    assert found.who.scopes == {Action.LIVE_READ}


def test_the_role_is_what_it_is_now(store: Store) -> None:
    with store.record() as db:
        ann = person(db, "ann", Role.OPERATOR)
        logged_in(db, ann, "cookie")
        ann.role = Role.VIEWER
    who = shown(store, "cookie", 0)
    assert who
    assert who.role is Role.VIEWER


def test_who_is_disabled_is_nobody(store: Store) -> None:
    with store.record() as db:
        ann = person(db, "ann")
        logged_in(db, ann, "s")
        api_key(db, ann, "k")
    with store.read() as db:
        assert by_session(db, "s", SETTINGS, 0)
        assert by_api_key(db, "k", SETTINGS, 0)
    with store.record() as db:
        db.merge(ann).disabled = True
    with store.read() as db:
        assert not by_session(db, "s", SETTINGS, 0)
        assert not by_api_key(db, "k", SETTINGS, 0)


def test_the_last_use_is_known_to_the_minute(store: Store) -> None:
    with store.record() as db:
        session = logged_in(db, person(db, "ann"), "cookie")
    with store.read() as db:
        found = [by_session(db, "cookie", SETTINGS, now) for now in (TOUCH_MS - 1, TOUCH_MS)]
    assert [each and each.touch for each in found] == [False, True]
    assert session.used_ms == 0


def test_who_passed_once_may_not_pass_for_ever(store: Store) -> None:
    with store.record() as db:
        ann = person(db, "ann")
        session = logged_in(db, ann, "cookie")
        key = api_key(db, ann, "key", expires_ms=50)
    who = shown(store, "cookie", 0)
    assert who
    by_key = replace(who, credential_id=key.id)
    with store.read() as db:
        assert is_good(db, who, SETTINGS, 99_999)
        assert not is_good(db, who, SETTINGS, 100_000)
        assert is_good(db, by_key, SETTINGS, 49)
        assert not is_good(db, by_key, SETTINGS, 50)
        assert not is_good(db, replace(who, role=Role.VIEWER), SETTINGS, 0)
        assert not is_good(db, replace(who, channels=frozenset({"chn_gone"})), SETTINGS, 0)
    with store.record() as db:
        db.delete(db.merge(session))
    with store.read() as db:
        assert not is_good(db, who, SETTINGS, 0)


@pytest.mark.parametrize(
    ("role", "columns", "unproven"),
    [
        (Role.ADMIN, {"password_hash": "a"}, True),
        (Role.OPERATOR, {"password_hash": "a"}, True),
        (Role.BROADCASTER, {"password_hash": "a"}, False),
        (Role.ADMIN, {}, False),
    ],
)
def test_a_network_may_ask_for_a_second_factor_from_a_role_on(
    store: Store, role: Role, columns: dict[str, str], unproven: bool
) -> None:
    strict = AccountsSettings(second_factor_from="operator")
    with store.record() as db:
        ann = person(db, "ann", role, **columns)
        logged_in(db, ann, "s")
        api_key(db, ann, "k", Action.LIVE_READ)
        for found in (by_session(db, "s", strict, 0), by_api_key(db, "k", strict, 0)):
            assert found
            assert found.who.unproven is unproven
            assert allowed(found.who, Action.LIVE_READ) is not unproven
        before = by_session(db, "s", strict, 0)
        ann.totp_on = True
        db.flush()
        after = by_session(db, "s", strict, 0)
        assert before
        assert after
        assert not after.who.unproven
        assert is_good(db, before.who, strict, 0) is not unproven
