"""Cuts an array of JSON objects that never ends into its objects, as they arrive."""

import json
from typing import Any


OBJECT_BYTES_MAX = 4_000_000
"""One holds 2,000 chat messages at most, of a kilobyte each or two."""
BETWEEN = b"[], \t\r\n"
"""What may stand beside the objects; a byte order mark may not."""


class Pushes:
    """``feed`` it whatever arrives. Raises ValueError where that is no array of objects, and when one is too large."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._at = 0
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def feed(self, data: bytes) -> list[Any]:
        """The objects that are whole now."""
        self._text += data
        made: list[Any] = []
        while self._at < len(self._text):
            if self._step(self._text[self._at]):
                made.append(json.loads(self._text[: self._at]))
                self._drop()
        if len(self._text) > OBJECT_BYTES_MAX:
            raise ValueError("an object without an end")
        return made

    def _step(self, byte: int) -> bool:
        """Whether this byte ends an object."""
        if self._depth == 0:
            return self._outside(byte)
        self._at += 1
        if self._quoted:
            self._inside_quotes(byte)
        elif byte == ord('"'):
            self._quoted = True
        elif byte in b"{[":
            self._depth += 1
        elif byte in b"}]":
            self._depth -= 1
        return self._depth == 0

    def _outside(self, byte: int) -> bool:
        if byte == ord("{"):
            self._depth = 1
            self._at += 1
        elif byte in BETWEEN:
            del self._text[0]
        else:
            raise ValueError("neither an object nor what stands between two")
        return False

    def _inside_quotes(self, byte: int) -> None:
        if self._escaped:
            self._escaped = False
        elif byte == ord("\\"):
            self._escaped = True
        elif byte == ord('"'):
            self._quoted = False

    def _drop(self) -> None:
        del self._text[: self._at]
        self._at = 0
