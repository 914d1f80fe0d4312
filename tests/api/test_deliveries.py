from tests.api.asking import Room

from manycast.runtime.store import deliveries


MAIL = {"kind": "email", "name": "me", "recipients": ["me@example.org"]}


def sent(room: Room) -> str:
    target = room.ask.post("/api/v1/targets", json=MAIL).json()["id"]
    delivery: str = room.ask.post(f"/api/v1/targets/{target}/test").json()["id"]
    return delivery


def test_what_failed_is_tried_again_when_somebody_asks(room: Room) -> None:
    delivery = sent(room)
    with room.context.store.record() as db:
        deliveries.failed(db, delivery, "the mail server is away")
    place = f"/api/v1/deliveries/{delivery}"
    assert room.ask.get(place).json()["reason"] == "the mail server is away"
    again = room.ask.post(f"{place}/retry")
    assert (again.status_code, again.json()["state"]) == (202, "waiting")


def test_what_was_delivered_is_not_sent_again(room: Room) -> None:
    delivery = sent(room)
    with room.context.store.record() as db:
        deliveries.delivered(db, delivery, 5)
    assert room.ask.post(f"/api/v1/deliveries/{delivery}/retry").status_code == 409


def test_lists_are_narrowed_by_state_and_read_newest_first(room: Room) -> None:
    first, second = sent(room), sent(room)
    with room.context.store.record() as db:
        deliveries.delivered(db, first, 5)
    listed = room.ask.get("/api/v1/deliveries", params={"state": "waiting"}).json()["items"]
    assert [each["id"] for each in listed] == [second]
    assert room.ask.get("/api/v1/deliveries", params={"channel": "live"}).json()["items"] == []
    assert room.ask.get("/api/v1/deliveries/dlv_0000000000000000").status_code == 404
