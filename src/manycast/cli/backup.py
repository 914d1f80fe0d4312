"""Writes accounts, channels and history into one file, while everything runs."""

import argparse
import importlib
import sys
from pathlib import Path

from manycast.cli.files import settings_from


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="where to; it is made anew")
    add_place(parser)
    parser.add_argument("--force", action="store_true", help="replace FILE if there is one")


def add_place(parser: argparse.ArgumentParser) -> None:
    """Which database is meant."""
    parser.add_argument(
        "--dir",
        type=Path,
        default=Path("manycast-data"),
        metavar="DIR",
        help="database and secrets (default: manycast-data)",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (TOML)")


def run(arguments: argparse.Namespace) -> int:
    return act("backup", "run_save", arguments)


def act(command: str, name: str, arguments: argparse.Namespace) -> int:
    """Do one of what manycast.runtime.store.backup offers, and say what came of it."""
    # Only these commands need the database; the others start without it.
    does = getattr(importlib.import_module("manycast.runtime.store.backup"), name)
    try:
        state = settings_from(arguments.config).state
        print(does(state, arguments.dir, arguments.file, force=arguments.force))
    except (OSError, ValueError) as error:
        print(f"manycast {command}: {error}", file=sys.stderr)
        return 1
    return 0
