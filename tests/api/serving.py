"""A whole control role on a free port, in the loop of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from manycast.api import role
from manycast.settings.tree import Settings


@asynccontextmanager
async def serving(directory: Path, settings: Settings | None = None) -> AsyncIterator[str]:
    """Yields its URL."""
    stop, port = asyncio.Event(), asyncio.get_running_loop().create_future()

    def ready(found: int, _: str) -> None:
        port.set_result(found)

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        place = ("127.0.0.1", 0)
        tasks.create_task(role.run(settings or Settings(), directory, place, stop, ready))
        try:
            yield f"http://127.0.0.1:{await port}"
        finally:
            stop.set()
