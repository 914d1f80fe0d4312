from typing import get_args

import pytest
from pydantic import ValidationError

from manycast.control.permissions import Action, Role
from manycast.schema.accounts import Login, RecoveryCodes, RoleName, Scope, Setup


def test_no_database_is_asked_for_a_name_that_it_cannot_hold() -> None:
    with pytest.raises(ValidationError):
        Login(name="ann\0", password="x")


def test_the_words_of_the_api_are_those_of_the_permissions() -> None:
    assert list(get_args(RoleName)) == list(Role)
    assert list(get_args(Scope)) == [action for action in Action if action is not Action.NODE]


def test_nothing_secret_is_shown_when_a_message_is_printed() -> None:
    for message in (
        Login(name="ann", password="hush", code="123456"),
        Setup(code="hush", name="ann", password="hush"),
        RecoveryCodes(codes=["hush"]),
    ):
        assert "hush" not in f"{message} {message!r}"
        assert "hush" in message.model_dump_json()
