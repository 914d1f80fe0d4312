"""Accounts, channels, history, API and dashboard of the network."""

import argparse
import asyncio
import importlib
import sys
from functools import partial
from pathlib import Path

from manycast.cli.edge import listen
from manycast.cli.files import settings_from
from manycast.cli.process import run_role
from manycast.settings.network import address, joined
from manycast.settings.read import SettingError
from manycast.settings.tree import Settings


_EVERYWHERE = {"", "0.0.0.0", "::"}  # noqa: S104  compared with, not listened on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path("manycast-data"),
        metavar="DIR",
        help="database and secrets (default: manycast-data)",
    )
    parser.add_argument(
        "--listen",
        type=listen,
        metavar="HOST:PORT",
        help="where browsers, programs and other roles come to (default: network.control, :8080)",
    )
    parser.add_argument("--follow", action="store_true", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    try:
        settings = settings_from(arguments.config)
    except SettingError as error:
        print(f"manycast control: {error}", file=sys.stderr)
        return 2
    place = arguments.listen or address(settings.network.control)
    serve = partial(_serve, settings, arguments.dir, place)
    return run_role("control", serve, follows=arguments.follow)


async def _serve(
    settings: Settings, directory: Path, place: tuple[str, int], stop: asyncio.Event
) -> None:
    # Only this role needs the database and the API; the command's other uses start without them.
    role = importlib.import_module("manycast.api.role")
    await role.run(settings, directory, place, stop, partial(_announce, settings, place[0]))


def _announce(settings: Settings, host: str, port: int, setup_code: str) -> None:
    shown = joined("localhost" if host in _EVERYWHERE else host, port)
    print(f"control: http://{shown}/", flush=True)
    if setup_code:
        public = settings.control.public_url.rstrip("/") or f"http://{shown}"
        print(f"control: begin at {public}/setup#{setup_code}", flush=True)
