"""Takes publishers in, makes the ladder and the playlists, and serves them to edges."""

import argparse
import sys
from functools import partial
from pathlib import Path

from manycast.cli.control_arguments import add_control_arguments, with_control
from manycast.cli.files import settings_from
from manycast.cli.process import run_role
from manycast.runtime import processes
from manycast.runtime.origin import role
from manycast.settings.read import SettingError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path("manycast-data"),
        metavar="DIR",
        help="keys and recordings (default: manycast-data)",
    )
    add_control_arguments(parser)
    parser.add_argument("--follow", action="store_true", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    try:
        settings = with_control(settings_from(arguments.config), arguments)
    except SettingError as error:
        print(f"manycast origin: {error}", file=sys.stderr)
        return 2
    config = ["--config", str(arguments.config)] if arguments.config else []
    start = partial(
        role.run, settings, arguments.dir, sender=processes.role("destination", *config)
    )
    return run_role("origin", start, follows=arguments.follow)
