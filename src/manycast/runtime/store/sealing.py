"""Secrets at rest: a copy of the database alone opens nothing."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealError(ValueError):
    """A secret cannot be opened, or the keys cannot be read; the message says what to do."""


class Secrets:
    """Seals with the first key, opens with any: keys are changed by putting a new one on top."""

    def __init__(self, path: Path) -> None:
        """Make the file with a random key if there is none."""
        self._path = path
        try:
            _ensure(path)
            keys = [Fernet(line.strip()) for line in path.read_text().split("\n") if line.strip()]
            self._keys = MultiFernet(keys)
        except OSError as error:
            raise SealError(f"{path}: the key cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise SealError(
                f"{path}: each line must be a key of 32 bytes in URL-safe Base64;"
                " put the file back from where you keep its copy"
            ) from error

    def seal(self, text: str) -> bytes:
        return self._keys.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Raises SealError when it was sealed with a key that the file does not hold."""
        try:
            return self._keys.decrypt(sealed).decode()
        except InvalidToken as error:
            raise SealError(
                f"a secret in the database was sealed with a key that {self._path} does not hold;"
                " put the file that belongs to this database back"
            ) from error


def fits(path: Path, sealed: bytes) -> bool:
    """Whether the keys of this file, if there is one, open what is sealed."""
    try:
        return path.exists() and bool(Secrets(path).open(sealed))
    except SealError:
        return False


def _ensure(path: Path) -> None:
    """Written whole before it has its name, so that two who start at once agree on one key."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        Path(fresh).unlink(missing_ok=True)
