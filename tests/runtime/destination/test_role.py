import asyncio
import os

from manycast.runtime.destination import role
from manycast.settings.tree import Settings


async def test_it_ends_when_nobody_gives_orders_any_more() -> None:
    given, order = os.pipe()
    read, told = os.pipe()
    os.close(order)
    stop = asyncio.Event()
    with os.fdopen(given, "rb") as orders, os.fdopen(told, "wb") as reports, os.fdopen(read, "rb"):
        async with asyncio.timeout(30):
            await role.run(Settings(), orders, reports, stop)
    assert stop.is_set()


async def test_it_ends_when_it_is_told_to() -> None:
    given, order = os.pipe()
    read, told = os.pipe()
    stop = asyncio.Event()
    stop.set()
    with os.fdopen(given, "rb") as orders, os.fdopen(told, "wb") as reports, os.fdopen(read, "rb"):
        async with asyncio.timeout(30):
            await role.run(Settings(), orders, reports, stop)
    os.close(order)
