"""Logs in to a control role, and keeps an API key for the other commands."""

import argparse
import importlib
import os
import sys

from manycast.cli import asking


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url", metavar="URL", help=f"the control role; else MANYCAST_URL, or {asking.URL}"
    )
    parser.add_argument("--name", help="who you are; else it is asked for")


def run(arguments: argparse.Namespace) -> int:
    """1 when it is refused or nobody answers; the password is asked for on the terminal, or read from a pipe."""
    url = (arguments.url or os.environ.get("MANYCAST_URL") or asking.URL).rstrip("/")
    errors = importlib.import_module("manycast.client.errors")
    entering = importlib.import_module("manycast.cli.remote.login")
    try:
        key = entering.log_in(url, arguments.name)
        asking.keep_login(url, key)
    except (errors.RefusedError, errors.UnreachableError, OSError, EOFError) as error:
        print(f"manycast login: {error}", file=sys.stderr)
        return 1
    print(f"logged in to {url}; the key is in {asking.login_file()}")
    return 0
