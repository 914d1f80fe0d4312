import asyncio
from pathlib import Path

import pytest
from tests.api.serving import serving
from tests.runtime.store.people import person

from manycast.client.entrance import make_key
from manycast.client.errors import RefusedError
from manycast.client.wire import Wire
from manycast.runtime.accounts.hashing import Hashing
from manycast.runtime.store.store import Store
from manycast.schema.accounts import Login
from manycast.settings.state import StateSettings


PASSWORD = "correct horse battery"


async def test_a_password_becomes_a_key_and_the_session_ends(tmp_path: Path) -> None:
    store = Store(StateSettings(), tmp_path)
    with store.record() as db:
        person(db, "anna", password_hash=Hashing().hash(PASSWORD))
    store.close()
    async with serving(tmp_path) as url:
        with Wire(url) as wire:
            made = await asyncio.to_thread(
                make_key, wire, Login(name="anna", password=PASSWORD), "laptop"
            )
            assert made.secret.startswith("mck_")
            assert "self" not in made.key.scopes
            with pytest.raises(RefusedError):
                await asyncio.to_thread(wire.send, "GET", "/session")
