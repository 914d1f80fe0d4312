"""Asks for name, password and code, and makes an API key of them."""

import getpass
import socket
import sys

from manycast.client.entrance import make_key
from manycast.client.errors import RefusedError
from manycast.client.wire import Wire
from manycast.schema.accounts import Login


def log_in(url: str, name: str | None) -> str:
    """The key. Raises RefusedError, UnreachableError, EOFError."""
    name = name or _asked("name: ")
    password = _asked("password: ", secret=True)
    label = f"manycast login on {socket.gethostname()}"
    with Wire(url) as wire:
        try:
            made = make_key(wire, Login(name=name, password=password), label)
        except RefusedError as error:
            if error.name != "second-factor-needed":
                raise
            code = _asked("code of your app: ")
            made = make_key(wire, Login(name=name, password=password, code=code), label)
    return made.secret


def _asked(prompt: str, *, secret: bool = False) -> str:
    """A line from the terminal, or from whatever standard input is. Raises EOFError."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        if not line:
            raise EOFError("nothing was entered")
        return line.rstrip("\n")
    return getpass.getpass(prompt) if secret else input(prompt)
