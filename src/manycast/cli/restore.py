"""Puts accounts, channels and history back from the file of a backup, into SQLite or PostgreSQL."""

import argparse
from pathlib import Path

from manycast.cli.backup import act, add_place


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="what manycast backup wrote")
    add_place(parser)
    parser.add_argument(
        "--force", action="store_true", help="replace what the database holds already"
    )


def run(arguments: argparse.Namespace) -> int:
    return act("restore", "run_restore", arguments)
