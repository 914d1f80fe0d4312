from tests.api.asking import Room
from tests.api.browser import Browser, enter, problem, set_up

from manycast.control.permissions import Role


def test_one_sees_and_ends_ones_own_sessions(room: Room) -> None:
    browser, phone, lost = set_up(room), Browser(room, agent="Phone"), Browser(room, agent="Lost")
    phone.log_in()
    lost.log_in()
    listed = browser.get("/sessions").json()["items"]
    assert sorted(each["agent"] for each in listed) == ["Firefox", "Lost", "Phone"]
    assert [each["agent"] for each in listed if each["current"]] == ["Firefox"]
    found = next(each for each in listed if each["agent"] == "Lost")
    assert browser.ask("DELETE", f"/sessions/{found['id']}").status_code == 204
    assert lost.get("/session").status_code == 401
    assert browser.ask("DELETE", f"/sessions/{found['id']}").status_code == 404
    assert browser.ask("DELETE", "/sessions").status_code == 204
    assert phone.get("/session").status_code == 401
    assert browser.get("/session").status_code == 200


def test_nobody_sees_or_ends_the_sessions_of_another(room: Room) -> None:
    ann = set_up(room)
    bob, _ = enter(room, "bob", Role.ADMIN)
    theirs = ann.get("/sessions").json()["items"][0]["id"]
    assert theirs not in bob.get("/sessions").text
    assert problem(bob.ask("DELETE", f"/sessions/{theirs}")) == "not-found"
    assert bob.ask("DELETE", "/sessions").status_code == 204
    assert ann.get("/session").status_code == 200
