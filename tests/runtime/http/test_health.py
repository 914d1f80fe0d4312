import asyncio
from dataclasses import replace

from tests.runtime.http.parents import LIMITS, served

from manycast.runtime.http.client import Client
from manycast.runtime.http.exchange import Exchange


async def test_a_parent_is_left_and_used_again_as_its_health_path_says() -> None:
    ill, asked = asyncio.Event(), asyncio.Event()

    def application(exchange: Exchange) -> None:
        assert exchange.request.path == "/well"
        asked.set()
        exchange.send(503 if ill.is_set() else 204)

    settings = replace(LIMITS, health_s=0.01, health_path="/well")
    async with (
        served(application) as first,
        served(lambda exchange: exchange.send(200)) as second,
        Client([first, second], settings) as client,
    ):
        for state in ("open", "closed"):
            ill.set() if state == "open" else ill.clear()
            async with asyncio.timeout(10):
                while client.snapshot()[0].state != state:
                    asked.clear()
                    await asked.wait()
        assert client.snapshot()[0].failures["health"] >= 1
        assert client.snapshot()[1].state == "closed"


async def test_without_being_told_to_nobody_is_asked() -> None:
    asked: list[Exchange] = []
    async with served(asked.append) as parent, Client([parent], LIMITS):
        await asyncio.to_thread(bool)
    assert not asked
