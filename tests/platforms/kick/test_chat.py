import json

import pytest

from manycast.platforms.failures import RefusedError
from manycast.platforms.kick import chat
from manycast.platforms.wire import Reply


def test_a_message_is_sent_in_the_accounts_name_and_never_twice() -> None:
    call = chat.say("https://api", 7, "hello")
    body = {"type": "user", "broadcaster_user_id": 7, "content": "hello"}
    assert call.request.json == body
    assert not call.request.repeatable


def test_a_message_that_was_taken_and_not_sent_is_a_refusal() -> None:
    call = chat.say("https://api", 7, "hello")
    call.read(Reply(200, {}, json.dumps({"data": {"is_sent": True}}).encode()))
    with pytest.raises(RefusedError):
        call.read(Reply(200, {}, json.dumps({"data": {"is_sent": False}}).encode()))
