import pytest
from pydantic import ValidationError

from manycast.schema.platforms import PlatformAppChange


def test_a_secret_is_never_in_what_is_shown() -> None:
    assert "hidden" not in repr(PlatformAppChange(client_id="us", client_secret="hidden"))


@pytest.mark.parametrize("url", ["http://x.example", "https://", "https://x.example/?a", "x"])
def test_platforms_call_by_https_alone(url: str) -> None:
    with pytest.raises(ValidationError):
        PlatformAppChange(client_id="us", public_url=url)
