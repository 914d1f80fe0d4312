from tests.runtime.store.outbox import letter, row, target

from manycast.runtime.store import deliveries
from manycast.runtime.store.deliveries import Wanted
from manycast.runtime.store.paging import Slice
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.notices import Delivery


def get(store: Store, delivery_id: str) -> Delivery:
    with store.read() as db:
        return db.get_one(Delivery, delivery_id)


def test_what_happened_is_told_to_each_target_once(store: Store) -> None:
    with store.record() as db:
        made = [
            deliveries.add(db, letter("x"), target(t), now_ms=1, due_ms=1, until_ms=9)
            for t in ("tgt_1", "tgt_2", "tgt_1")
        ]
    assert [each is not None for each in made] == [True, True, False]


def test_two_who_see_the_same_row_do_not_both_send_it(store: Store) -> None:
    with store.record() as db:
        db.add(row("dlv_1"))
    with store.read() as db:
        (seen,) = deliveries.due(db, 5, 10)
    with store.record() as db:
        assert deliveries.claim(db, seen, now_ms=5, until_ms=50)
    with store.record() as db:
        assert not deliveries.claim(db, seen, now_ms=5, until_ms=50)
    assert get(store, "dlv_1").attempts == 1


def test_who_took_a_row_and_died_leaves_it_to_the_next(store: Store) -> None:
    with store.record() as db:
        db.add(row("dlv_1"))
        deliveries.claim(db, row("dlv_1"), now_ms=5, until_ms=50)
    with store.read() as db:
        assert not deliveries.due(db, 49, 10)
        assert [each.id for each in deliveries.due(db, 50, 10)] == ["dlv_1"]


def test_a_target_that_is_busy_is_not_asked(store: Store) -> None:
    with store.record() as db:
        db.add_all([row("dlv_1"), row("dlv_2", target_id="tgt_2")])
    with store.read() as db:
        assert [each.id for each in deliveries.due(db, 5, 10, busy={"tgt_1"})] == ["dlv_2"]


def test_what_was_delivered_stays_delivered(store: Store) -> None:
    with store.record() as db:
        db.add(row("dlv_1"))
        deliveries.delivered(db, "dlv_1", 7)
        deliveries.failed(db, "dlv_1", "too late")
        deliveries.postponed(db, "dlv_1", "too late", 9)
    told = get(store, "dlv_1")
    assert (told.state, told.delivered_ms, told.reason) == ("delivered", 7, "")


def test_history_is_forgotten_and_what_waits_is_not(store: Store) -> None:
    with store.record() as db:
        db.add_all([row("dlv_1"), row("dlv_2", state="failed"), row("dlv_3", created_ms=100)])
        deliveries.forget(db, 100)
    with store.read() as db:
        rows, _ = deliveries.read_page(db, Wanted(), Slice(10))
    assert [each.id for each in rows] == ["dlv_3", "dlv_1"]


def test_to_a_target_that_rests_only_tests_are_sent(store: Store) -> None:
    with store.record() as db:
        db.add_all([row("dlv_1"), row("dlv_2", kind="test")])
    with store.read() as db:
        assert [each.id for each in deliveries.due(db, 5, 10, resting={"tgt_1"})] == ["dlv_2"]


def test_what_waited_beyond_its_time_is_given_up_with_a_reason(store: Store) -> None:
    with store.record() as db:
        db.add_all(
            [
                row("dlv_1", until_ms=10),
                row("dlv_2", until_ms=10, reason="It answered 500."),
                row("dlv_3", until_ms=10, due_ms=99),
                row("dlv_4", until_ms=99),
            ]
        )
        deliveries.expire(db, 50)
    reasons = [get(store, f"dlv_{n}").reason for n in (1, 2, 3, 4)]
    assert reasons == [deliveries.NEVER_SENT, "It answered 500.", "", ""]
    assert get(store, "dlv_3").state == get(store, "dlv_4").state == "waiting"


def test_what_rules_told_lately_is_remembered(store: Store) -> None:
    with store.record() as db:
        db.add_all(
            [
                row("dlv_1", rule_id="r", created_ms=5),
                row("dlv_2", rule_id="r", created_ms=7),
                row("dlv_3", created_ms=8),
                row("dlv_4", rule_id="r", created_ms=6),
            ]
        )
    with store.read() as db:
        assert [each.id for each in deliveries.lately(db, 5, 10)] == ["dlv_4", "dlv_2"]
        assert [each.id for each in deliveries.lately(db, 5, 1)] == ["dlv_2"]


def test_what_waits_for_a_target_is_counted_up_to_a_limit(store: Store) -> None:
    with store.record() as db:
        db.add_all(row(f"dlv_{n}") for n in range(5))
        db.add_all([row("dlv_6", state="failed"), row("dlv_7", target_id="tgt_2")])
    with store.read() as db:
        assert [deliveries.waiting(db, "tgt_1", limit) for limit in (3, 10)] == [3, 5]
