import manycast.runtime.platforms.attendant as module


def test_it_says_what_it_is_for() -> None:
    assert module.__doc__
