from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from manycast.cli.__main__ import main
from manycast.edge.guard.tokens import check
from manycast.runtime import clock


KEY = "k" * 32


@pytest.mark.parametrize(
    ("url", "scope", "opens"),
    [
        ("https://h/a/b?c=d", (), "/a/b"),
        ("/a/b", ("--scope", "/a/"), "/a/c"),
        ("http://h", (), "/"),
        ("/a%20b/%C3%A9", (), "/a b/é"),
    ],
)
def test_a_signed_url_opens(
    url: str, scope: tuple[str, ...], opens: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{KEY}\n{'o' * 32}\n")
    assert main(["sign", url, "--key", str(keys), "--expires", "2h", *scope]) == 0
    parts = urlsplit(capsys.readouterr().out.strip())
    token = parse_qs(parts.query)["token"][0].encode()
    now = clock.wall_ms() / 1_000
    assert 7_100 < check(token, [KEY.encode()], opens, "", now).expires_s - now < 7_300
    assert parts.netloc == urlsplit(url).netloc


@pytest.mark.parametrize("text", ["short\n", "", "\n"])
def test_a_weak_key_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(text)
    assert main(["sign", "/a", "--key", str(keys)]) == 2
    assert "openssl rand" in capsys.readouterr().err


def test_times_have_units(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sign", "/a", "--key", "x", "--expires", "1"])
    assert "a number with s, m, h or d" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("a/b",), ("/a", "--scope", "a/")])
def test_what_would_open_nothing_is_refused(
    words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(KEY)
    assert main(["sign", *words, "--key", str(keys)]) == 2
    assert "begins with a slash" in capsys.readouterr().err


def test_an_address_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sign", "/a", "--key", "x", "--address", "home"])
    assert "'home' does not appear to be an IPv4 or IPv6 address" in capsys.readouterr().err


def test_a_missing_key_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", "/a", "--key", str(tmp_path / "keys")]) == 2
    assert "keys: the keys cannot be read: No such file" in capsys.readouterr().err
