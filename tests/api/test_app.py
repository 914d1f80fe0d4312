from collections import Counter

from tests.api.asking import Room

from manycast.api.app import routed


def operations() -> list[dict[str, object]]:
    paths = routed().openapi()["paths"].values()
    return [operation for path in paths for operation in path.values()]


def test_every_operation_has_a_name_of_its_own_in_snake_case() -> None:
    names = Counter(str(operation["operationId"]) for operation in operations())
    assert max(names.values()) == 1
    assert not [name for name in names if "api_v1" in name or not name.islower()]


def test_every_operation_belongs_to_a_room() -> None:
    assert not [operation for operation in operations() if not operation.get("tags")]


def test_what_does_not_exist_is_a_problem(room: Room) -> None:
    reply = room.ask.get("/api/v1/nothing")
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["type"] == "urn:manycast:problem:not-found"


def test_a_body_beyond_all_needs_is_refused(room: Room) -> None:
    reply = room.ask.post("/api/v1/system", content=b"x" * 1_000_000)
    assert reply.status_code in {405, 413}


def test_a_wrong_method_is_told_all_that_are_right(room: Room) -> None:
    reply = room.ask.put("/api/v1/channels/live")
    assert reply.status_code == 405
    assert reply.headers["allow"] == "DELETE, GET, PATCH"
