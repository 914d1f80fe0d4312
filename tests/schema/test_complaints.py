from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from manycast.model.destinations import Platform
from manycast.schema.accounts import Email, UserName
from manycast.schema.channels import ChannelName
from manycast.schema.complaints import complaint
from manycast.schema.destinations import Key


class Entry(BaseModel):
    name: UserName = "ada"
    email: Email = "ada@example.org"
    channel: ChannelName = "live"
    count: Annotated[int, Field(ge=2, le=9)] = 2
    code: Annotated[str, Field(pattern="^x$")] = "x"
    platform: Platform = Platform.KICK
    account: Literal[Platform.KICK, Platform.TWITCH] = Platform.KICK
    key: Key = ""


def said(**fields: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Entry.model_validate(fields)
    (error,) = caught.value.errors()
    return complaint(error)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "Fill this in."),
        ("name", "a", "Use at least 2 characters."),
        ("name", "a" * 65, "Use at most 64 characters."),
        ("name", "Ada Lovelace", "Use letters, digits and . _ - @ +"),
        ("email", "ada@", "This is no e-mail address."),
        ("channel", "Talks!", "Use small letters"),
        ("count", 1, "Use 2 or more."),
        ("count", 10, "Use 9 or less."),
        ("platform", "x", "Choose one of 'twitch', "),
        ("account", "x", "Choose one of 'kick' or 'twitch'."),
        ("key", "live 123", "A key holds no spaces"),
    ],
)
def test_a_field_is_told_what_to_do(field: str, value: object, words: str) -> None:
    assert said(**{field: value}).startswith(words)


def test_a_form_without_words_of_its_own_is_named_by_its_pattern() -> None:
    assert said(code="y") == "This must match ^x$."


def test_what_has_no_words_here_keeps_those_of_the_library() -> None:
    assert said(count="many").startswith("Input should be")
