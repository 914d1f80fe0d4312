"""Asks the whole API on a database of its own, as whoever a test wants to be."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from manycast.api import access
from manycast.api.app import build
from manycast.api.context import Context
from manycast.control.permissions import Principal, Role
from manycast.model.destinations import Platform as Name
from manycast.runtime.clock import wall_ms
from manycast.runtime.control.hub import Hub
from manycast.runtime.control.network import Network
from manycast.runtime.platforms.desk import PlatformDesk
from manycast.runtime.platforms.platform import Platform
from manycast.runtime.platforms.stored import StoredPlan
from manycast.runtime.store.store import Store
from manycast.settings.tree import Settings


ADMIN = Principal(user_id="usr_admin", name="admin", role=Role.ADMIN)


@dataclass(frozen=True)
class Room:
    app: FastAPI
    context: Context
    ask: TestClient

    def become(self, who: Principal | None) -> None:
        """Ask as this person from now on; None: as whoever the credentials say."""
        self.app.dependency_overrides.clear()
        if who is not None:
            self.app.dependency_overrides[access.principal] = lambda: who


@contextmanager
def control_room(
    directory: Path,
    settings: Settings | None = None,
    drivers: Mapping[Name, Platform] | None = None,
) -> Iterator[Room]:
    settings = settings or Settings()
    store = Store(settings.state, directory)
    hub = Hub()
    network = Network(settings.control, hub, wall_ms)
    desk = PlatformDesk(StoredPlan(store), drivers or {}, list, settings.platforms, wall_ms)
    context = Context(
        settings=settings,
        directory=directory,
        store=store,
        network=network,
        hub=hub,
        platforms=desk,
    )
    app = build(context)
    with TestClient(app, raise_server_exceptions=False) as ask:
        room = Room(app, context, ask)
        room.become(ADMIN)
        yield room
    store.close()
