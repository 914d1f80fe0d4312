import pytest

from manycast.platforms.kick.data import call, sign
from manycast.platforms.values import App
from manycast.platforms.wire import Reply, Request


REQUEST = Request(method="GET", url="https://api/x")


def test_answers_lie_in_an_envelope_and_some_are_empty() -> None:
    asked = call(REQUEST, lambda data: data)
    assert asked.read(Reply(200, {}, b'{"data": [1], "message": "OK"}')) == [1]
    assert asked.read(Reply(204, {}, b"")) is None
    with pytest.raises(LookupError):
        asked.read(Reply(200, {}, b'{"message": "OK"}'))


def test_the_access_token_goes_into_the_head() -> None:
    assert sign(REQUEST, App("id"), "token").headers["Authorization"] == "Bearer token"
