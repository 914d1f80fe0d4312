"""The code that makes the first administrator: whoever can read a file of ours may set us up, and nobody else."""

import hmac
import os
import secrets
from pathlib import Path


FILE = "setup-code"
"""In ``--dir``."""
BYTES = 16


def ensure(directory: Path) -> str:
    """The code, the same until it has been used. Raises OSError."""
    path = directory / FILE
    directory.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{secrets.token_urlsafe(BYTES)}\n")
    return path.read_text().strip()


def opens(directory: Path, code: str) -> bool:
    """False also when there is none."""
    try:
        kept = (directory / FILE).read_text().strip()
    except FileNotFoundError:
        return False
    return bool(kept) and hmac.compare_digest(kept.encode(), code.encode())


def forget(directory: Path) -> None:
    (directory / FILE).unlink(missing_ok=True)
