"""The channels of this machine and their stream keys, in one file that only its owner can read."""

import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Container
from pathlib import Path

from manycast.model.names import StreamName, stream_name


KEY_BYTES = 18
"""144 random bits; as text 24 characters, which also fits SRT's passphrase."""
KEY_CHARACTERS = 10, 79
"""Of a key that somebody wrote into the file: what SRT takes as a passphrase. An empty key would let
anybody publish."""


FILE = "channels.json"
"""In ``--dir``."""


class Channels:
    """Channel name to stream key. Raises ValueError when the file cannot be understood."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: dict[StreamName, str] = _read(path) if path.exists() else {}

    def ensure(self, name: str) -> str:
        """The channel's key; the channel is made, with a random key, if it does not exist."""
        channel = stream_name(name)
        if channel not in self._keys:
            self._keys[channel] = secrets.token_urlsafe(KEY_BYTES)
            self._write()
        return self._keys[channel]

    def by_key(self, key: str) -> StreamName | None:
        """The channel that owns this key; compares in constant time, every channel every time."""
        digest = _digest(key)
        found = None
        for name, own in self._keys.items():
            if hmac.compare_digest(_digest(own), digest):
                found = name
        return found

    def forget(self, key_digests: Container[str]) -> None:
        """Take out the channels whose key has one of these SHA-256 sums (hexadecimal). Raises OSError."""
        kept = {
            name: key for name, key in self._keys.items() if _digest(key).hex() not in key_digests
        }
        if kept != self._keys:
            self._keys = kept
            self._write()

    def items(self) -> list[tuple[StreamName, str]]:
        return list(self._keys.items())

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        channels = {name: {"key": key} for name, key in self._keys.items()}
        # Of its own name, should two processes begin at once; readable by its owner only.
        descriptor, fresh = tempfile.mkstemp(dir=self._path.parent, prefix=f"{self._path.name}.")
        try:
            with os.fdopen(descriptor, "w") as file:
                json.dump({"channels": channels}, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).replace(self._path)
        finally:
            Path(fresh).unlink(missing_ok=True)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _read(path: Path) -> dict[StreamName, str]:
    try:
        channels = json.loads(path.read_text())["channels"]
        keys = {stream_name(name): _key(name, channel["key"]) for name, channel in channels.items()}
        _check_different(keys)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path}: not a channels file ({error}); mend it or move it away"
        ) from error
    return keys


def _key(name: str, value: object) -> str:
    shortest, longest = KEY_CHARACTERS
    if not (isinstance(value, str) and shortest <= len(value) <= longest and value.isprintable()):
        raise ValueError(f"the key of {name} is no text of {shortest} to {longest} characters")
    return value


def _check_different(keys: dict[StreamName, str]) -> None:
    if len(set(keys.values())) < len(keys):
        raise ValueError("two channels have the same key")
