from tests.api.asking import Room

from manycast.runtime.store import broadcasts


def on_the_air(room: Room, *names: str) -> None:
    for name in names:
        room.ask.post("/api/v1/channels", json={"name": name, "title": f"Show of {name}"})
    with room.context.store.record() as db:
        for number, name in enumerate(names):
            broadcasts.begin(db, name, 1000 + number, "origin@here")


def titles(room: Room, **query: str) -> list[str]:
    found = room.ask.get("/api/v1/broadcasts", params=query).json()["items"]
    return [one["title"] for one in found]


def test_the_latest_comes_first_with_the_title_the_channel_had(room: Room) -> None:
    on_the_air(room, "a", "b")
    room.ask.patch("/api/v1/channels/a", json={"title": "New"}, headers={"If-Match": "*"})
    assert titles(room) == ["Show of b", "Show of a"]


def test_they_are_found_by_channel_state_and_title(room: Room) -> None:
    on_the_air(room, "a", "b")
    with room.context.store.record() as db:
        broadcasts.end(db, "a", 1000, 2000, 7)
    assert titles(room, channel="a") == ["Show of a"]
    assert titles(room, live="true") == ["Show of b"]
    assert titles(room, live="false") == ["Show of a"]
    assert titles(room, title="OF A") == ["Show of a"]
    assert titles(room, title="%") == []
    (ended,) = room.ask.get("/api/v1/broadcasts?channel=a").json()["items"]
    assert ended["viewers_peak"] == 7
    assert ended["ended_at"] == "1970-01-01T00:00:02Z"


def test_a_title_is_changed_by_who_has_seen_it(room: Room) -> None:
    on_the_air(room, "a")
    (one,) = room.ask.get("/api/v1/broadcasts").json()["items"]
    path = f"/api/v1/broadcasts/{one['id']}"
    tag = {"If-Match": room.ask.get(path).headers["ETag"]}
    assert room.ask.patch(path, json={"title": "Finale"}, headers=tag).json()["title"] == "Finale"
    assert room.ask.patch(path, json={"title": "x"}, headers=tag).status_code == 412


def test_they_outlive_their_channel(room: Room) -> None:
    on_the_air(room, "a")
    room.ask.delete("/api/v1/channels/a", headers={"If-Match": "*"})
    assert titles(room) == ["Show of a"]
