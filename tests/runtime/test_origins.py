from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
from tests.api.origin import FILES, TOKEN, Origin, origin

from manycast.runtime.origins import CONNECTIONS_MAX, STRANGERS_MAX, OriginAwayError, Origins


@pytest.fixture
async def pair() -> AsyncIterator[tuple[Origin, Origins]]:
    with origin() as server:
        origins = Origins(TOKEN, {"here": server.url + "/", "gone": "http://127.0.0.1:1"}.get)
        yield server, origins
        await origins.close()


async def test_it_shows_the_token_and_passes_on_what_matters(pair: tuple[Origin, Origins]) -> None:
    _, origins = pair
    asked = {"range": "bytes=0-3", "cookie": "manycast_session=x"}
    reply = await origins.read("here", "/recordings/live/t/video-0.mp4", asked)
    assert reply.status_code == 206
    assert "cookie" not in reply.request.headers
    assert await reply.aread() == FILES["video-0.mp4"][:4]
    await reply.aclose()


async def test_one_that_is_away_is_named(pair: tuple[Origin, Origins]) -> None:
    _, origins = pair
    for node in ("gone", "unknown"):
        with pytest.raises(OriginAwayError, match=node):
            await origins.read(node, "/", {})
        with pytest.raises(OriginAwayError, match=node):
            await origins.delete(node, "/")
    assert origins.reachable("here")
    assert not origins.reachable("unknown")


async def test_what_is_deleted_is_gone(pair: tuple[Origin, Origins]) -> None:
    server, origins = pair
    await origins.delete("here", "/recordings/live/t")
    assert server.asked == ["DELETE /recordings/live/t"]


def test_strangers_leave_room_for_those_who_watch() -> None:
    origins = Origins()
    assert STRANGERS_MAX < CONNECTIONS_MAX
    with ExitStack() as stack:
        for _ in range(STRANGERS_MAX):
            stack.enter_context(origins.for_stranger())
        with pytest.raises(OriginAwayError, match="moment"), origins.for_stranger():
            pass
    with origins.for_stranger():
        pass
