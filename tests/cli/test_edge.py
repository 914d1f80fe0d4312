import argparse
import resource
from pathlib import Path

import pytest

from manycast.cli import edge
from manycast.runtime.edge.process import EdgeOptions
from manycast.runtime.http.client import Parent
from manycast.settings.http import HttpServerSettings


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    edge.add_arguments(parser)
    return parser.parse_args(words)


def test_parents_address_and_memory_are_understood() -> None:
    found = parse("--parent", "http://a:81,http://[::1]", "--listen", ":0", "--memory", "2GiB")
    assert found.parent == [Parent("a", 81), Parent("::1", 80)]
    assert found.listen == ("", 0)
    assert found.memory == 2 << 30


def test_parents_may_be_secure_and_have_others_behind_them() -> None:
    found = parse("--parent", "https://a,https://b:8443", "--fallback", "http://c")
    assert found.parent == [Parent("a", 443, secure=True), Parent("b", 8443, secure=True)]
    assert found.fallback == [Parent("c", 80)]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--parent", "ftp://a"),
        ("--parent", "http://a,http://a:80"),
        ("--parent", "http://a/path"),
        ("--parent", "http://a:x"),
        ("--parent", "a:80"),
        ("--parent", "http://a", "--listen", "8000"),
        ("--parent", "http://a", "--listen", "a:99999"),
        ("--parent", "http://a", "--memory", "much"),
        ("--parent", "http://a", "--memory", "0"),
        ("--parent", "http://a", "--memory", "²"),
        ("--parent", "http://a", "--workers", "0"),
        ("--parent", "http://a", "--workers", "many"),
        ("--parent", "http://a", "--place", "x"),
    ],
)
def test_what_cannot_be_served_is_refused_with_a_reason(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(*words)
    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err


def test_there_are_never_more_connections_than_open_files() -> None:
    allowed = edge.open_files(HttpServerSettings(), 256)
    assert 0 < allowed <= HttpServerSettings().connections_max
    assert allowed < resource.getrlimit(resource.RLIMIT_NOFILE)[0]


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("10k", 10_000), ("5MB", 5_000_000), ("1mib", 1 << 20)]
)
def test_sizes_have_units(text: str, number: int) -> None:
    assert edge.size(text) == number


@pytest.mark.parametrize("half", [("--tls-cert", "x"), ("--tls-key", "x")])
def test_tls_needs_both_files(half: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert edge.run(parse("--parent", "http://a", *half)) == 2
    assert "--tls-key" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "short\n"])
def test_an_easy_token_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text(text)
    config = tmp_path / "settings.toml"
    config.write_text(f'[guard]\nadmin_token_file = "{tmp_path}/token"\n')
    assert edge.run(parse("--parent", "http://a", "--config", str(config))) == 2
    assert "openssl rand" in capsys.readouterr().err


def test_a_missing_file_is_named_with_its_setting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[guard]\nadmin_token_file = "nowhere"\n')
    assert edge.run(parse("--parent", "http://a", "--config", str(config))) == 2
    assert "guard.admin_token_file: nowhere cannot be read" in capsys.readouterr().err


def test_workers_are_counted_or_one_for_each_core() -> None:
    assert edge.workers("3") == 3
    assert 1 <= edge.workers("auto") <= edge.WORKERS_MAX


def test_workers_share_what_the_node_may_use() -> None:
    options = EdgeOptions([], "", 0)
    part = edge.shared(options, 2)
    assert part.edge.memory_bytes * 2 == options.edge.memory_bytes
    assert part.client.connections_max * 2 == options.client.connections_max
    assert part.edge.held_max < part.client.connections_max
