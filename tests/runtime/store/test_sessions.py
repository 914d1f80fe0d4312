from tests.runtime.store.people import logged_in, person

from manycast.runtime.store import sessions
from manycast.runtime.store.sessions import AGENT_CHARACTERS_MAX, EACH_MAX
from manycast.runtime.store.store import Store
from manycast.settings.accounts import AccountsSettings


SETTINGS = AccountsSettings(session_idle_s=100, session_max_s=1000)


def test_a_person_has_only_so_many_and_the_one_unused_for_longest_ends(store: Store) -> None:
    with store.record() as db:
        ann = person(db, "ann")
        for number in range(EACH_MAX + 5):
            sessions.start(db, ann, address="", agent="", now_ms=number)
        kept = sessions.of_user(db, ann.id, SETTINGS, 100)
        assert [each.created_ms for each in kept] == list(range(EACH_MAX + 4, 4, -1))


def test_only_good_ones_are_listed_and_the_rest_is_swept_away(store: Store) -> None:
    with store.record() as db:
        ann = person(db, "ann")
        logged_in(db, ann, "idle", 0)
        busy = logged_in(db, ann, "busy", 0)
        busy.used_ms = 999_000
        fresh = logged_in(db, ann, "fresh", 990_000)
        assert list(sessions.of_user(db, ann.id, SETTINGS, 999_999)) == [busy, fresh]
        assert list(sessions.of_user(db, ann.id, SETTINGS, 1_000_000)) == [fresh]
        sessions.sweep(db, SETTINGS, 1_000_000)
        assert sessions.by_cookie(db, "busy") is sessions.by_cookie(db, "idle") is None
        assert sessions.by_cookie(db, "fresh") is fresh


def test_all_others_end_at_once(store: Store) -> None:
    with store.record() as db:
        ann, bob = person(db, "ann"), person(db, "bob")
        mine, _, his = (logged_in(db, who, c) for who, c in ((ann, "a"), (ann, "b"), (bob, "c")))
        sessions.end_all(db, ann.id, but=mine.id)
        assert sessions.by_cookie(db, "a") is mine
        assert sessions.by_cookie(db, "b") is None
        assert sessions.by_cookie(db, "c") is his
        sessions.end_all(db, ann.id)
        assert sessions.by_cookie(db, "a") is None


def test_a_device_is_new_when_neither_browser_nor_address_is_known(store: Store) -> None:
    with store.record() as db:
        ann = person(db, "ann")
        assert not sessions.is_new_device(db, ann, "192.0.2.1", "Firefox"), "the very first"
        sessions.start(db, ann, address="192.0.2.1", agent="Firefox", now_ms=0)
        assert not sessions.is_new_device(db, ann, "192.0.2.1", "Chromium")
        assert not sessions.is_new_device(db, ann, "192.0.2.2", "Firefox")
        assert sessions.is_new_device(db, ann, "192.0.2.2", "Chromium")


def test_what_a_browser_calls_itself_is_kept_short_and_plain(store: Store) -> None:
    with store.record() as db:
        agent = "evil\x00\x1b[31m" + "x" * 1000
        row, _ = sessions.start(db, person(db, "ann"), address="", agent=agent, now_ms=0)
        assert row.agent == ("evil[31m" + "x" * 1000)[:AGENT_CHARACTERS_MAX]
