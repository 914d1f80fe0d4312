"""The secret that roles of one network show each other."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


FILE = "fleet.token"
"""In ``--dir``."""
BYTES = 32


def fleet_token(token_file: str, directory: Path) -> str:
    """Read it, or make one in ``directory`` when no file is named; whoever starts first makes it for all. Raises OSError."""
    if token_file:
        return _read(Path(token_file))
    path = directory / FILE
    if not path.exists():
        _make(path)
    return _read(path)


def _read(path: Path) -> str:
    token = path.read_text().strip()
    if not token:
        raise OSError(f"{path} is empty: put the token of the network in it, or remove the file")
    return token


def _make(path: Path) -> None:
    """Written whole before it has its name, so that roles that start at once agree on one token."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{secrets.token_urlsafe(BYTES)}\n")
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        Path(fresh).unlink(missing_ok=True)
