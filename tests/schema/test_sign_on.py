import pytest
from pydantic import ValidationError

from manycast.schema.sign_on import SignOnChange


def test_the_secret_is_not_shown_when_the_message_is_printed() -> None:
    message = SignOnChange(
        name="Example", issuer="https://id.example.org", client_id="c", client_secret="hush"
    )
    assert "hush" not in f"{message} {message!r}"


@pytest.mark.parametrize(
    "issuer", ["id.example.org", "ftp://id", "https://id?a=b", "https://id#a", "https://u:p@id"]
)
def test_what_names_no_provider_is_refused(issuer: str) -> None:
    with pytest.raises(ValidationError):
        SignOnChange(name="Example", issuer=issuer, client_id="c")
