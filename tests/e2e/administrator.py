"""A control role in a process of its own, and somebody who may do everything."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.runtime.store.people import api_key, logged_in, person

from manycast.control import browsers
from manycast.control.permissions import Action, Role
from manycast.runtime.clock import wall_ms
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


COOKIE = "cookie-of-the-administrator"
KEY = "mck_" + "a" * 40


@dataclass(frozen=True)
class Control:
    url: str
    directory: Path

    @property
    def browser(self) -> dict[str, str]:
        """Headers of a browser in which the administrator is logged in."""
        return {
            "Cookie": f"{browsers.COOKIE}={COOKIE}",
            "X-CSRF-Token": browsers.csrf_token(COOKIE),
        }

    @property
    def program(self) -> dict[str, str]:
        """Headers of a program with an API key for everything."""
        return {"Authorization": f"Bearer {KEY}"}


def prepare(settings: StateSettings, directory: Path) -> None:
    """An administrator, logged in, with an API key."""
    with closing(Store(settings, directory)) as store, store.record() as db:
        admin = person(db, "admin", Role.ADMIN)
        logged_in(db, admin, COOKIE, wall_ms())
        api_key(db, admin, KEY, *(action for action in Action if action is not Action.SELF))


@contextmanager
def control(directory: Path, config: str = "") -> Iterator[Control]:
    """Until the end of the block; ``config`` is the text of a settings file."""
    words = [sys.executable, "-m", "manycast.cli", "control", "--dir", str(directory)]
    words += ["--listen", "127.0.0.1:0"]
    if config:
        (directory / "manycast.toml").write_text(config)
        words += ["--config", str(directory / "manycast.toml")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().removeprefix("control: ").strip().rstrip("/")
            yield Control(url, directory)
        finally:
            process.terminate()
