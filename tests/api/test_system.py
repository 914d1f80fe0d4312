from tests.api.asking import Room

from manycast.schema.system import System


def test_anybody_may_read_what_this_is(room: Room) -> None:
    room.become(None)
    reply = room.ask.get("/api/v1/system")
    assert reply.status_code == 200
    assert System.model_validate_json(reply.content).version
