from tests.api.asking import Room


def test_a_form_learns_what_each_platform_takes(room: Room) -> None:
    places = {one["platform"]: one for one in room.ask.get("/api/v1/platforms").json()["items"]}
    assert set(places) == {"twitch", "youtube", "kick", "custom"}
    assert places["kick"]["limits"]["width_max"] == 1920
    assert places["custom"]["limits"]["width_max"] is None
    assert places["youtube"]["server"].startswith("rtmps://")
    assert not places["twitch"]["can_connect"]
