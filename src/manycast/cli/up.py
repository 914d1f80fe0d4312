"""Runs the whole network on this machine: control room, origin, edge and, if asked, a demo broadcaster."""

import argparse
import asyncio
import errno
import sys
from functools import partial
from pathlib import Path

from manycast.cli.files import settings_from
from manycast.cli.process import run_role
from manycast.media import ladder
from manycast.model.media import VideoCodec, VideoConfig
from manycast.runtime.channels import Channels
from manycast.runtime.ffmpeg import machine
from manycast.runtime.ffmpeg.binary import locate
from manycast.runtime.ffmpeg.encoders import encode_costs
from manycast.runtime.fleet_token import FILE as TOKEN, fleet_token
from manycast.runtime.origin.role import CHANNELS, COSTS, FIRST_CHANNEL
from manycast.runtime.processes import Child, role
from manycast.settings.network import address, joined
from manycast.settings.read import SettingError
from manycast.settings.tree import Settings


DEMO_CHANNEL = "demo"
SETUP_CODE = "setup-code"
"""In ``--dir``; made by the control role."""
READY_S_MAX = 30.0
"""Roles start within a second or two; a loaded machine may need longer."""
READY_LOOK_S = 0.1
_HERE = {"", "0.0.0.0", "127.0.0.1", "::", "::1"}  # noqa: S104  compared with, not listened on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="add a test broadcaster on stream demo")
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path("manycast-data"),
        metavar="DIR",
        help="keys and recordings (default: manycast-data)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")


def run(arguments: argparse.Namespace) -> int:
    try:
        settings = settings_from(arguments.config)
    except SettingError as error:
        print(f"manycast up: {error}", file=sys.stderr)
        return 2
    if not (arguments.dir / COSTS).exists():
        print("measuring what this machine can encode, once …", flush=True)
    return run_role("up", partial(_up, arguments, settings), follows=False)


async def _up(arguments: argparse.Namespace, settings: Settings, stop: asyncio.Event) -> None:
    for name in ("rtmp", "rtmps", "origin", "edge", "control"):
        if listen := getattr(settings.network, name):
            await _free(f"network.{name}", listen)
    channels = Channels(arguments.dir / CHANNELS)
    channels.ensure(FIRST_CHANNEL)
    if arguments.demo:
        channels.ensure(DEMO_CHANNEL)
    fleet_token(settings.control.token_file, arguments.dir)
    lines = await _capacity(settings, arguments.dir / COSTS)
    children = _children(arguments, settings, channels)
    async with asyncio.TaskGroup() as group:
        for child in children:
            group.create_task(child.run())
        network = settings.network
        for place in (network.origin, network.edge, network.control):
            await _listening(*_reached(place), stop)
        if not stop.is_set():
            said = [*_welcome(settings, channels, _setup_code(arguments.dir)), *lines]
            print("\n".join(said), flush=True)
        await stop.wait()
        for child in reversed(children):
            await child.stop()


def _children(arguments: argparse.Namespace, settings: Settings, channels: Channels) -> list[Child]:
    config = ["--config", str(arguments.config)] if arguments.config else []
    token_file = settings.control.token_file or str(arguments.dir / TOKEN)
    url = settings.control.url or f"http://{joined(*_reached(settings.network.control))}"
    told = ["--control", url, "--token-file", token_file, *config]
    origin = role("origin", "--follow", "--dir", str(arguments.dir), *told)
    parent = f"http://{joined(*_reached(settings.network.origin))}"
    edge = role("edge", "--follow", "--parent", parent, "--listen", settings.network.edge, *told)
    control = role("control", "--follow", "--dir", str(arguments.dir), *config)
    children = [Child("control", control), Child("origin", origin), Child("edge", edge)]
    if arguments.demo:
        url = f"rtmp://{joined(*_reached(settings.network.rtmp))}/live/{channels.ensure(DEMO_CHANNEL)}"
        ffmpeg = ["--ffmpeg", settings.ladder.ffmpeg] if settings.ladder.ffmpeg else []
        children.append(Child("demo", role("demo", "--follow", "--url", url, *ffmpeg)))
    return children


async def _capacity(settings: Settings, cache: Path) -> list[str]:
    """What the ladder of a usual stream looks like on this machine."""
    binary = await locate(settings.ladder.ffmpeg)
    costs = await encode_costs(binary, settings.ladder, cache)
    source = VideoConfig(VideoCodec.AVC, b"", 1920, 1080, "avc1.640028", 30.0)
    budget = machine.cores() * settings.ladder.machine_share
    plan = ladder.plan(source, 2000, costs, budget, settings.ladder)
    return [
        "",
        "a 1080p30 stream on this machine:",
        *(f"  {line}" for line in ladder.describe(plan)),
    ]


def _setup_code(directory: Path) -> str:
    """What the first administrator proves themselves with; empty when there is one already."""
    try:
        return (directory / SETUP_CODE).read_text().strip()
    except OSError:
        return ""


def _welcome(settings: Settings, channels: Channels, setup_code: str = "") -> list[str]:
    rtmp, edge = _shown(settings.network.rtmp), _shown(settings.network.edge)
    dashboard = (
        settings.control.public_url.rstrip("/") or f"http://{_shown(settings.network.control)}"
    )
    lines = ["", "manycast is up; Ctrl-C stops it.", ""]
    if setup_code:
        lines += [f"  begin here   {dashboard}/setup#{setup_code}"]
    lines += [f"  dashboard    {dashboard}/", f"  all streams  http://{edge}/"]
    for number, (name, key) in enumerate(channels.items()):
        lines += [
            "",
            f"  {name}",
            f"    watch    http://{edge}/watch/{name}",
            f"    publish  server rtmp://{rtmp}/live   stream key {key}",
        ]
        if number < settings.network.srt_channels_max:
            srt = _shown(settings.network.srt, number)
            lines.append(f"             or srt://{srt}?passphrase={key}")
    return lines


async def _free(setting: str, listen: str) -> None:
    """Raise OSError when another program has the port: a role would only fail again and again."""
    host, port = address(listen)
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise OSError(f"{setting} = {listen!r}: {error}") from error
        raise OSError(
            f"port {port} is taken (another manycast?): stop that program or change {setting}"
        ) from error
    server.close()
    await server.wait_closed()


async def _listening(host: str, port: int, stop: asyncio.Event) -> None:
    """Wait until a role accepts connections; raises OSError when it does not in time."""
    attempts = int(READY_S_MAX / READY_LOOK_S)
    for _ in range(attempts):
        if stop.is_set():
            return
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(READY_LOOK_S)
            continue
        writer.close()
        return
    raise OSError(
        f"nothing listens on {host}:{port} after {READY_S_MAX:.0f} s; see the messages above"
    )


def _reached(listen: str) -> tuple[str, int]:
    """Where this machine reaches a role that listens there."""
    host, port = address(listen)
    return host or "127.0.0.1", port


def _shown(listen: str, beyond: int = 0) -> str:
    """What a person on this machine types for a role that listens there, ``beyond`` ports on."""
    host, port = address(listen)
    return joined("localhost" if host in _HERE else host, port + beyond)
