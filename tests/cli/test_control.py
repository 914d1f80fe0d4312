import asyncio
import re
import signal
import sys
from pathlib import Path

import httpx2
import pytest

from manycast.cli import control
from manycast.cli.__main__ import main
from manycast.settings.control import ControlSettings
from manycast.settings.tree import Settings


async def test_the_command_says_where_it_is_and_stops_when_told(tmp_path: Path) -> None:
    argv = ["control", "--dir", str(tmp_path), "--listen", "127.0.0.1:0"]
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "manycast.cli", *argv, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    async with asyncio.timeout(60):
        line = (await child.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None
        async with httpx2.AsyncClient() as client:
            assert (await client.get(f"{found[0]}/readyz")).status_code == 200
        child.send_signal(signal.SIGTERM)
        await child.communicate()
    assert child.returncode == 0


def test_a_wrong_settings_file_is_bad_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "manycast.toml"
    path.write_text("[control]\nreports = 3\n")
    assert main(["control", "--config", str(path), "--dir", str(tmp_path)]) == 2
    assert "unknown setting control.reports" in capsys.readouterr().err


def test_an_address_for_every_host_is_shown_as_one_that_opens(
    capsys: pytest.CaptureFixture[str],
) -> None:
    control._announce(Settings(), "", 8080, "")
    assert capsys.readouterr().out == "control: http://localhost:8080/\n"


def test_the_first_administrator_is_led_to_the_set_up_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    public = Settings(control=ControlSettings(public_url="https://control.example.org/"))
    control._announce(public, "127.0.0.1", 8080, "the-code")
    assert "begin at https://control.example.org/setup#the-code" in capsys.readouterr().out
