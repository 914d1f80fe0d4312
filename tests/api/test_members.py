from tests.api.asking import Room
from tests.api.browser import enter

from manycast.control.permissions import Role


MEMBERS = "/channels/live/members"


def test_somebody_works_with_a_channel_from_when_they_belong_to_it(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"})
    operator, _ = enter(room, "olga", Role.OPERATOR)
    bob, user = enter(room, "bob", Role.BROADCASTER)
    assert bob.get("/channels/live").status_code == 404
    for _ in range(2):
        assert operator.ask("PUT", f"{MEMBERS}/{user.id}").status_code == 204
    assert bob.get("/channels/live").status_code == 200
    (member,) = operator.get(MEMBERS).json()["items"]
    assert (member["name"], member["role"]) == ("bob", "broadcaster")
    assert operator.ask("DELETE", f"{MEMBERS}/{user.id}").status_code == 204
    assert bob.get("/channels/live").status_code == 404
    assert operator.ask("DELETE", f"{MEMBERS}/{user.id}").status_code == 404


def test_nobody_is_a_member_who_does_not_exist(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"})
    reply = room.ask.put(f"/api/v1{MEMBERS}/usr_0000000000000000")
    assert reply.status_code == 404
    assert reply.json()["detail"] == "There is no such user."


def test_the_list_is_read_page_by_page(room: Room) -> None:
    room.ask.post("/api/v1/channels", json={"name": "live"})
    operator, _ = enter(room, "olga", Role.OPERATOR)
    for number in range(3):
        _, user = enter(room, f"bob{number}", Role.VIEWER)
        operator.ask("PUT", f"{MEMBERS}/{user.id}")
    first = operator.get(f"{MEMBERS}?limit=2").json()
    rest = operator.get(f"{MEMBERS}?limit=2&cursor={first['next']}").json()
    assert len(first["items"]) == 2
    assert len(rest["items"]) == 1
    assert rest["next"] is None
