import pytest
from pydantic import ValidationError

from manycast.schema.users import Acceptance, NewInvitation


def test_nothing_secret_is_shown_when_a_message_is_printed() -> None:
    message = Acceptance(token="hush", name="bob", password="hush")
    assert "hush" not in f"{message} {message!r}"


@pytest.mark.parametrize(
    "email", ["bob", "bob@", "@example.org", "b ob@example.org", "bob@exa mple"]
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValidationError):
        NewInvitation(role="viewer", email=email)
