"""Signs a URL, so that it opens what guard.signed closes."""

import argparse
import ipaddress
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from manycast.cli.files import signing_keys
from manycast.edge.guard.tokens import Permission, sign
from manycast.runtime import clock
from manycast.settings.guard import GuardSettings


_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="what to open, or only its path")
    parser.add_argument(
        "--key", required=True, type=Path, metavar="FILE", help="keys; the first one signs"
    )
    parser.add_argument(
        "--expires",
        default=3_600,
        type=seconds,
        metavar="1h",
        help="how long it opens (s, m, h, d)",
    )
    parser.add_argument(
        "--scope",
        metavar="PATH",
        help="open all under a path that ends in a slash, not only the URL",
    )
    parser.add_argument("--address", type=address, help="only for requests from this address")
    parser.add_argument(
        "--name",
        default=GuardSettings().signed_name,
        help="query parameter that holds the token, as guard.signed_name says (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    try:
        key = signing_keys(arguments.key)[0]
    except ValueError as error:
        print(f"manycast sign: {error}", file=sys.stderr)
        return 2
    parts = urlsplit(arguments.url)
    scope = unquote(arguments.scope or parts.path or "/", errors="replace")
    if not scope.startswith("/"):
        print(
            f"manycast sign: {scope!r} opens nothing: a path begins with a slash, as in"
            " https://HOST/path or /path",
            file=sys.stderr,
        )
        return 2
    expires_s = clock.wall_ms() // 1_000 + arguments.expires
    permission = Permission(scope, expires_s, arguments.address or "")
    token = f"{arguments.name}={sign(permission, key)}"
    query = f"{parts.query}&{token}" if parts.query else token
    print(urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, "")))
    return 0


def address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def seconds(text: str) -> int:
    number, unit = text[:-1], text[-1:]
    if not (number.isascii() and number.isdigit()) or unit not in _UNITS_S:
        raise argparse.ArgumentTypeError(f"{text!r}: a time is a number with s, m, h or d")
    return int(number) * _UNITS_S[unit]
