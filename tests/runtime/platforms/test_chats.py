import manycast.runtime.platforms.chats as module


def test_it_says_what_it_is_for() -> None:
    assert module.__doc__
