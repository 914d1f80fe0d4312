"""The manycast command: picks a subcommand and turns its failures into exit codes."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence


ROLES: tuple[str, ...] = (
    "up",
    "origin",
    "edge",
    "control",
    "destination",
    "demo",
    "load",
    "replay",
    "sign",
    "login",
    "stream",
    "key",
    "user",
    "backup",
    "restore",
)
"""One module in manycast.cli for each; it offers ``add_arguments(parser)`` and ``run(arguments) -> int``."""


def parser(only: str = "") -> argparse.ArgumentParser:
    """With ``only``, just this command is loaded: one of its processes needs little of what all of them do."""
    top = argparse.ArgumentParser(
        prog="manycast", description="A self-hosted live-streaming network."
    )
    commands = top.add_subparsers(dest="role", required=True, metavar="COMMAND")
    for role in (only,) if only else ROLES:
        module = importlib.import_module(f"manycast.cli.{role}")
        described = commands.add_parser(role, help=module.__doc__, description=module.__doc__)
        module.add_arguments(described)
        described.set_defaults(run=module.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 the work failed, 2 bad usage."""
    words = sys.argv[1:] if argv is None else list(argv)
    first = words[0] if words else ""
    arguments = parser(first if first in ROLES else "").parse_args(words)
    arguments.words = words
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("manycast: interrupted", file=sys.stderr)
        status = 1
    except (
        BrokenPipeError
    ):  # who reads the output has seen enough, as in: manycast replay TRACE | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
