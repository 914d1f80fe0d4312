"""Commands that ask a real control role, in one process with it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.api.serving import serving
from tests.runtime.store.people import api_key, person

from manycast.cli.__main__ import main
from manycast.control.permissions import ALLOWED, Role
from manycast.runtime.accounts.hashing import Hashing
from manycast.runtime.store.store import Store
from manycast.settings.state import StateSettings


KEY = "mck_test"


class Commands:
    password = "correct horse battery"
    """Of anna, an administrator."""

    def __init__(self, url: str, said: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self._said = said

    async def run(self, *argv: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        status = await asyncio.to_thread(main, argv)
        said = self._said.readouterr()
        return status, said.out, said.err

    async def json(self, *argv: str) -> Any:
        status, out, err = await self.run(*argv, "--json")
        assert status == 0, err
        return json.loads(out)


@asynccontextmanager
async def commands(
    directory: Path, said: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, *others: str
) -> AsyncIterator[Commands]:
    store = Store(StateSettings(), directory)
    with store.record() as db:
        anna = person(db, "anna", password_hash=Hashing().hash(Commands.password))
        api_key(db, anna, KEY, *ALLOWED[Role.ADMIN])
        for name in others:
            person(db, name, Role.VIEWER)
    store.close()
    patch.setenv("XDG_CONFIG_HOME", str(directory / "config"))
    async with serving(directory) as url:
        patch.setenv("MANYCAST_URL", url)
        patch.setenv("MANYCAST_TOKEN", KEY)
        yield Commands(url, said)
