"""Sends one stream on to one place; an origin starts it for each destination."""

import argparse
import sys
from functools import partial
from pathlib import Path

from manycast.cli.files import settings_from
from manycast.cli.process import run_role
from manycast.runtime.destination import role
from manycast.settings.read import SettingError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")


def run(arguments: argparse.Namespace) -> int:
    try:
        settings = settings_from(arguments.config)
    except SettingError as error:
        print(f"manycast destination: {error}", file=sys.stderr)
        return 2
    start = partial(role.run, settings, sys.stdin.buffer, sys.stdout.buffer)
    return run_role("destination", start, follows=False)
