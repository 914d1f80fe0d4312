from tests.api.asking import Room

from manycast.schema.system import System


def test_whoever_is_logged_in_may_read_what_this_is(room: Room) -> None:
    reply = room.ask.get("/api/v1/system")
    assert System.model_validate_json(reply.content).version


def test_strangers_are_not_told_the_version(room: Room) -> None:
    version = room.ask.get("/api/v1/system").json()["version"]
    room.become(None)
    reply = room.ask.get("/api/v1/system")
    assert reply.status_code == 401
    assert version not in reply.text
