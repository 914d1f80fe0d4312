from tests.api.asking import Room


def test_every_handler_has_the_one_that_the_application_was_built_with(room: Room) -> None:
    assert room.app.state.context is room.context
    assert room.context.now_ms() > 0
