import asyncio
from dataclasses import replace

import pytest
from tests.destination.frames import PICTURE, SOUND
from tests.runtime.destination.test_rtmp import BEGINNING, Open, listening
from tests.runtime.test_rtmp import KEY, Gate

from manycast.destination.address import rtmp_address
from manycast.model.destinations import DestinationGrant
from manycast.model.refusals import RefusedError
from manycast.runtime.destination.gated import Gated, public_address
from manycast.runtime.destination.rtmp import RtmpWay
from manycast.runtime.destination.ways import way_to
from manycast.settings.destinations import DestinationsSettings
from manycast.settings.tree import Settings


CLOSED = Settings(destinations=DestinationsSettings(private_addresses=False))


@pytest.mark.parametrize(
    "url",
    [
        "rtmp://127.0.0.1/app",
        "rtmp://localhost/app",
        "rtmps://[::1]/app",
        "rtmp://[::ffff:10.0.0.1]/app",
        "srt://192.168.1.1:9000",
        "http://169.254.169.254/latest/api/token",
        "https://[fd00::1]/whip",
        "http://0x7f000001/whip",
    ],
)
async def test_nothing_of_ones_own_network_is_reached_where_that_is_forbidden(url: str) -> None:
    grant = DestinationGrant(id="d", name="n", url=url, key="0123456789")
    way = way_to(grant, PICTURE, SOUND, CLOSED)
    with pytest.raises(RefusedError, match="private_addresses"):
        await way.run(lambda: None, lambda: None)


async def test_a_name_that_nobody_has_is_no_refusal() -> None:
    with pytest.raises(OSError, match="not known"):
        await public_address("no.such.invalid")


async def test_the_address_that_was_looked_at_is_the_one_that_is_gone_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name is looked up once: its owner cannot say something else the second time."""
    monkeypatch.setattr("manycast.runtime.destination.gated.is_public", lambda _: True)
    gate = Gate()
    async with listening(gate) as there:
        named = rtmp_address(f"rtmp://nowhere.invalid:{there.port}/live", KEY)
        way = Gated("127.0.0.1", lambda at: RtmpWay(replace(named, at=at), PICTURE, SOUND, None))
        one = Open(way)  # type: ignore[arg-type]  a way like the other
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(one.run())
            await one.opened.wait()
            way.send(BEGINNING)
            stream = await gate.streams.get()
            way.close(goodbye=True)
        await stream.ended.wait()
    assert way.sent_bytes > 0
    assert way.waiting_bytes == 0


async def test_one_that_is_closed_at_once_goes_nowhere() -> None:
    way = Gated("1.1.1.1", lambda _: pytest.fail("it went there"))
    way.close(goodbye=True)
    await way.run(lambda: None, lambda: None)
    assert (way.sent_bytes, way.waiting_bytes, way.round_trip_ms) == (0, 0, None)
