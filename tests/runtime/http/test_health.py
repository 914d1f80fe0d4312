import asyncio
from dataclasses import replace

from tests.runtime.http.parents import LIMITS, Heard, get, key_of, nobody, served

from manycast.runtime.http.client import Client, Routing
from manycast.runtime.http.exchange import Exchange
from manycast.runtime.http.server import serve


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


async def test_a_sick_parent_of_live_media_is_asked_for_its_health_and_not_for_the_media() -> None:
    asked: list[str] = []
    gone = await nobody()

    def application(exchange: Exchange) -> None:
        asked.append(exchange.request.path)
        exchange.send(404)

    async with (
        served(lambda exchange: exchange.send(200, (), b"other")) as other,
        Client([gone, other], replace(LIMITS, ejected_s=0.01)) as client,
    ):
        key = key_of(client, 0)
        assert (await get(client, key)).body == b"other"
        back = await serve(application, "127.0.0.1", gone.port)
        async with asyncio.timeout(10):
            while client.snapshot()[0].state != "closed":
                heard = Heard()
                client.fetch(("GET", key, b""), heard, routing=Routing(held=True))
                await heard.over.wait()
                assert heard.body == b"other"
        await back.close()
    assert asked == ["/healthz"]
