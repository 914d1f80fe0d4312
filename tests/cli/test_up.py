import argparse
import asyncio
import re
import signal
import socket
import sys
import urllib.request
from pathlib import Path

import pytest

from manycast.cli import up
from manycast.cli.__main__ import main
from manycast.runtime.channels import Channels
from manycast.settings.control import ControlSettings
from manycast.settings.ladder import LadderSettings
from manycast.settings.network import NetworkSettings
from manycast.settings.tree import Settings


pytestmark = pytest.mark.e2e


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=20) as reply:  # noqa: S310  a loopback URL made below
        body: bytes = reply.read()
        return body


async def test_one_command_puts_a_demo_on_the_air_and_stops_cleanly(tmp_path: Path) -> None:
    edge, control = free_port(), free_port()
    config = tmp_path / "manycast.toml"
    config.write_text(
        f'[network]\nrtmp = "127.0.0.1:{free_port()}"\norigin = "127.0.0.1:{free_port()}"\n'
        f'edge = "127.0.0.1:{edge}"\ncontrol = "127.0.0.1:{control}"\nsrt_channels_max = 0\n'
    )
    argv = [sys.executable, "-m", "manycast.cli", "up", "--demo", "--dir", str(tmp_path / "data")]
    child = await asyncio.create_subprocess_exec(
        *argv, "--config", str(config), stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        async with asyncio.timeout(90):
            said = ""
            while "1080p30 stream on this machine" not in said:
                said += (await child.stdout.readline()).decode()
            assert f"http://localhost:{edge}/watch/demo" in said
            assert f"dashboard    http://localhost:{control}/" in said
            ready = f"http://127.0.0.1:{control}/readyz"
            assert await asyncio.to_thread(fetch, ready) == b"ok\n"
            assert re.search(r"stream key \S{24}\n", said)
            text = b""
            while b"#EXT-X-STREAM-INF" not in text:
                try:
                    text = await asyncio.to_thread(
                        fetch, f"http://127.0.0.1:{edge}/live/demo/index.m3u8"
                    )
                except OSError:
                    continue
            assert b"<html" in await asyncio.to_thread(fetch, f"http://127.0.0.1:{edge}/watch/demo")
    finally:
        child.send_signal(signal.SIGTERM)
        async with asyncio.timeout(30):
            await child.communicate()
    assert child.returncode == 0


def test_roles_find_each_other_on_ipv6_and_the_named_ffmpeg(tmp_path: Path) -> None:
    network = NetworkSettings(rtmp="[::1]:1", origin="[::1]:2", edge="[2001:db8::1]:3")
    settings = Settings(network=network, ladder=LadderSettings(ffmpeg="/opt/ffmpeg"))
    arguments = argparse.Namespace(config=None, dir=tmp_path, demo=True)
    channels = Channels(tmp_path / "channels.json")
    _, _, edge, demo = up._children(arguments, settings, channels)
    assert "http://[::1]:2" in edge.argv
    assert f"rtmp://[::1]:1/live/{channels.ensure('demo')}" in demo.argv
    assert demo.argv[-2:] == ["--ffmpeg", "/opt/ffmpeg"]
    said = "\n".join(up._welcome(settings, channels))
    assert "http://[2001:db8::1]:3/watch/demo" in said
    assert "rtmp://localhost:1/live" in said


def test_the_first_administrator_is_led_to_the_set_up_page(tmp_path: Path) -> None:
    channels = Channels(tmp_path / "channels.json")
    assert up._setup_code(tmp_path) == ""
    (tmp_path / up.SETUP_CODE).write_text("the-code\n")
    said = up._welcome(Settings(), channels, up._setup_code(tmp_path))
    assert "  begin here   http://localhost:8080/setup#the-code" in said
    public = Settings(control=ControlSettings(public_url="https://control.example.org/"))
    assert "  dashboard    https://control.example.org/" in up._welcome(public, channels)


def test_a_taken_port_is_named_with_its_setting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = tmp_path / "manycast.toml"
        config.write_text(f'[network]\nrtmp = "127.0.0.1:{port}"\n')
        assert main(["up", "--dir", str(tmp_path), "--config", str(config)]) == 1
    said = capsys.readouterr().err
    assert f"port {port} is taken" in said
    assert "network.rtmp" in said
