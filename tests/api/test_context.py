from tests.api.asking import Room

from manycast.api.context import Context


def test_every_handler_has_the_one_that_the_application_was_built_with(room: Room) -> None:
    found: Context = room.app.state.context
    assert found is room.context
    assert found.now_ms() > 0
