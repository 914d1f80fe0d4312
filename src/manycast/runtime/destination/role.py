"""Starts and stops the process of one destination."""

import asyncio
from random import SystemRandom
from typing import IO

from manycast.model.sending import Order
from manycast.runtime.destination.orders import Orders, Reports
from manycast.runtime.destination.worker import Worker
from manycast.settings.tree import Settings


async def run(settings: Settings, given: IO[bytes], told: IO[bytes], stop: asyncio.Event) -> None:
    """Do as the orders say until they end or ``stop`` is set."""
    orders: list[Order] = []
    begun = asyncio.Event()
    worker: Worker | None = None

    def heard(order: Order) -> None:
        orders[:] = [order]
        begun.set()
        if worker is not None:
            worker.order(order)

    loop = asyncio.get_running_loop()
    pipe, _ = await loop.connect_read_pipe(lambda: Orders(heard, stop.set), given)
    try:
        await _either(begun, stop)
        if orders and not stop.is_set():
            worker = Worker(orders[0], settings, Reports(told).tell, SystemRandom())
            await worker.run(stop)
    finally:
        pipe.close()


async def _either(*events: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as tasks:
        waits = [tasks.create_task(event.wait()) for event in events]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
