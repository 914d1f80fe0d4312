import argparse
from pathlib import Path

import pytest

from manycast.cli.control_arguments import add_control_arguments, with_control
from manycast.settings.control import ControlSettings
from manycast.settings.tree import Settings


def control(*words: str) -> ControlSettings:
    parser = argparse.ArgumentParser()
    add_control_arguments(parser)
    settings = Settings(control=ControlSettings(url="http://file:1", token_file="file"))
    return with_control(settings, parser.parse_args(words)).control


def test_the_command_line_goes_before_the_file() -> None:
    assert (control().url, control().token_file) == ("http://file:1", "file")
    found = control("--control", "http://10.0.0.2:8080/", "--token-file", "a/b")
    assert (found.url, Path(found.token_file)) == ("http://10.0.0.2:8080", Path("a/b"))


def test_what_is_no_url_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        control("--control", "10.0.0.2:8080")
    assert caught.value.code == 2
    assert "http://HOST" in capsys.readouterr().err
