"""What the commands that ask a control role share: where it is, who asks, how answers and refusals are shown."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verb found out: as JSON and for people."""

    value: Mapping[str, Any]
    text: str


URL = "http://localhost:8080"
"""Where `manycast up` puts the control role."""
_WIDTH_MAX = 60
"""Of a column: what is longer is cut, and whole with --json."""


def add_access(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url", metavar="URL", help=f"the control role; else MANYCAST_URL, `manycast login`, {URL}"
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="an API key; else MANYCAST_TOKEN, or what `manycast login` keeps",
    )
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")


def add_verb(verbs: Any, name: str, about: str, *words: str) -> argparse.ArgumentParser:
    """A verb with its positional ``words``, and the options that all verbs share."""
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=about, description=about)
    for word in words:
        parser.add_argument(word.lower(), metavar=word)
    add_access(parser)
    return parser


def run(noun: str, arguments: argparse.Namespace) -> int:
    """Perform a verb of ``cli.remote.<noun>``; 1 when it is refused or nobody answers, 2 without a login
    or for words that mean nothing."""
    errors = importlib.import_module("manycast.client.errors")
    verbs = importlib.import_module(f"manycast.cli.remote.{noun}")
    network = importlib.import_module("manycast.client.network")
    pydantic = importlib.import_module("pydantic")
    try:
        url, token = credentials(arguments)
        with network.Network(url, token) as asked:
            answer = getattr(verbs, arguments.verb)(asked, arguments)
    except (errors.RefusedError, errors.UnreachableError, OSError) as error:
        print(f"manycast {noun}: {error}", file=sys.stderr)
        return 1
    except LookupError as error:
        print(f"manycast {noun}: {error.args[0]}", file=sys.stderr)
        return 2
    except pydantic.ValidationError as error:
        print(f"manycast {noun}: {_wrong(error)}", file=sys.stderr)
        return 2
    print(json.dumps(answer.value) if arguments.json else answer.text)
    return 0


def _wrong(error: Any) -> str:
    """What pydantic says of words that no request could be made of."""
    complaint = importlib.import_module("manycast.schema.complaints").complaint
    return " ".join(f"{one['loc'][0]}: {complaint(one)}" for one in error.errors())


def credentials(arguments: argparse.Namespace) -> tuple[str, str]:
    """URL and API key. Raises LookupError when there is none, OSError for a file that cannot be read."""
    kept = read_login()
    url = arguments.url or os.environ.get("MANYCAST_URL") or kept.get("url") or URL
    if arguments.token_file:
        return url, arguments.token_file.read_text().strip()
    token = os.environ.get("MANYCAST_TOKEN") or (
        kept.get("token") if kept.get("url") == url else None
    )
    if not token:
        raise LookupError(f"not logged in to {url}: run `manycast login --url {url}` once")
    return url, token


def login_file() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "manycast" / "login.json"


def read_login() -> dict[str, str]:
    """What `manycast login` kept. Raises OSError for a file that cannot be read."""
    try:
        kept = json.loads(login_file().read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise OSError(f"{login_file()} is damaged ({error}): run `manycast login` again") from error
    return {name: str(value) for name, value in kept.items()}


def keep_login(url: str, token: str) -> None:
    """For this user's eyes only."""
    path = login_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"url": url, "token": token}, file)


def table(head: str, rows: Iterable[Iterable[object]]) -> str:
    """Columns under the words of ``head``."""
    lines = [head.split(), *([_cut(str(cell)) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH_MAX else f"{text[: _WIDTH_MAX - 1]}…"
