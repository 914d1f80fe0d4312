from datetime import UTC, datetime

from manycast.schema.api_keys import ApiKey, MadeApiKey


def test_a_key_is_not_shown_when_its_message_is_printed() -> None:
    key = ApiKey(
        id="key_1",
        name="k",
        hint="mck_",
        scopes=[],
        created_at=datetime(2000, 1, 1, tzinfo=UTC),
        used_at=None,
        expires_at=None,
    )
    assert "hush" not in repr(MadeApiKey(key=key, secret="hush"))
