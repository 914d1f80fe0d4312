from manycast.media.errors import MalformedError, MediaError, UnsupportedError


def test_both_kinds_are_caught_as_one() -> None:
    assert issubclass(MalformedError, MediaError)
    assert issubclass(UnsupportedError, MediaError)
    assert issubclass(MediaError, ValueError)
