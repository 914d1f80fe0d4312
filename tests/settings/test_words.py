from manycast.settings import words


def test_an_address_keeps_its_password_to_itself() -> None:
    shown = words.without_password('"postgresql://many:s3cret@db.example.org/x"')
    assert "s3cret" not in shown
    assert "many:…@db.example.org" in shown
    assert words.without_password("http://host:8080/a@b") == "http://host:8080/a@b"


def test_values_read_as_in_a_settings_file() -> None:
    assert words.toml(("a", 1, True)) == '["a", 1, true]'


def test_what_is_a_secret_itself_is_not_shown() -> None:
    assert words.shown("admin_token", "hush") == '"…"'
    assert words.shown("admin_token", "") == '""'
    assert words.shown("token_file", "fleet.token") == '"fleet.token"'
    assert "hush" not in words.shown("url", "postgresql://me:hush@db.example.org/tv")
    said = words.shown("url", "postgresql://db.example.org/tv?password=hush&sslmode=require")
    assert "hush" not in said
    assert said.endswith('&sslmode=require"')
