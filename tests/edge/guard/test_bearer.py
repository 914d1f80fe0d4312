import pytest

from manycast.edge.guard.bearer import bears, follow_token


TOKEN = b"0123456789abcdef"


@pytest.mark.parametrize("field", [b"Bearer 0123456789abcdef", b"bearer  0123456789abcdef "])
def test_the_token_opens(field: bytes) -> None:
    assert bears(field, b"another", TOKEN)


@pytest.mark.parametrize(
    "field", [None, b"", b"Bearer", b"Bearer ", b"Basic 0123456789abcdef", TOKEN, b"Bearer 0123456789abcde"]
)  # fmt: skip
def test_nothing_else_does(field: bytes | None) -> None:
    assert not bears(field, TOKEN)
    assert not bears(field)


def test_who_follows_holds_another_token() -> None:
    assert follow_token(TOKEN) != TOKEN
    assert not bears(b"Bearer " + follow_token(TOKEN), TOKEN)
