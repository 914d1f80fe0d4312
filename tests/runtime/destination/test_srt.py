import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from bench.network import free_ports
from tests.runtime.destination.clips import AAC, clip
from tests.runtime.destination.pipes import configs, running, timed

from manycast.destination.sender import Timed
from manycast.model.destinations import DestinationGrant
from manycast.model.media import VideoCodec
from manycast.model.refusals import RefusedError
from manycast.runtime.destination.srt import srt_address, srt_way
from manycast.runtime.ffmpeg.binary import Binary


CLIP_MS, TURNS_MAX = 1400, 20
TS_PACKET_BYTES = 188
SECRET = "0123456789 ab&c"


def grant(port: int, key: str = SECRET) -> DestinationGrant:
    return DestinationGrant(id="d", name="Far", url=f"srt://127.0.0.1:{port}?streamid=a/b", key=key)


@asynccontextmanager
async def listener(binary: Binary, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    address = f"srt://127.0.0.1:{port}?mode=listener&passphrase=0123456789%20ab%26c"
    process = await asyncio.create_subprocess_exec(
        *(binary.path, "-v", "error", "-probesize", "100000", "-analyzeduration", "500000"),
        *("-i", address, "-map", "0", "-c", "copy", "-f", "mpegts", "pipe:1"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def arrives(there: asyncio.subprocess.Process, send: Callable[[int], None]) -> bytes:
    """What comes out over there; more is sent until something does."""
    assert there.stdout is not None
    for turn in range(TURNS_MAX):
        send(turn)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLIP_MS / 1000):
                return await there.stdout.readexactly(20_000)
    return b""


async def test_a_listener_with_the_same_passphrase_gets_the_stream(binary: Binary) -> None:
    items = await clip(binary, *AAC)
    batch = timed(items)
    (port,) = free_ports(1)
    async with (
        listener(binary, port) as there,
        running(srt_way(grant(port), *configs(items), binary.path)) as made,
    ):
        await made.open()

        def again(turn: int) -> None:
            made.way.send([Timed(item, at_ms + turn * CLIP_MS) for item, at_ms in batch])

        stream = await arrives(there, again)
        made.way.close(goodbye=True)
        await made.over.wait()
    assert made.error is None
    assert set(stream[::TS_PACKET_BYTES]) == {0x47}


async def test_another_passphrase_is_refused_in_words_without_it(
    binary: Binary,
) -> None:
    items = await clip(binary, *AAC)
    (port,) = free_ports(1)
    wrong = replace(grant(port), key="not the secret")
    async with (
        listener(binary, port),
        running(srt_way(wrong, *configs(items), binary.path)) as made,
    ):
        await made.over.wait()
    assert isinstance(made.error, RefusedError)
    assert "passphrase" in str(made.error)
    assert not made.opened.is_set()


async def test_nobody_there_is_no_refusal_and_tells_no_secret(binary: Binary) -> None:
    items = await clip(binary, *AAC)
    (port,) = free_ports(1)
    async with running(srt_way(grant(port), *configs(items), binary.path)) as made:
        await made.over.wait()
    assert type(made.error) is OSError
    assert f"nobody answers by SRT at 127.0.0.1:{port}" in str(made.error)
    assert "0123456789" not in str(made.error)


def test_an_address_may_ask_for_some_things_and_not_for_all() -> None:
    wanted = "srt://[::1]:9000?streamid=a%2Fb&latency=300000&passphrase=stolen&mode=listener&x=1"
    parts = urlsplit(srt_address(replace(grant(1), url=wanted)))
    assert parts.netloc == "[::1]:9000"
    asked = parse_qs(parts.query)
    assert (asked["streamid"], asked["latency"]) == (["a/b"], ["300000"])
    assert asked["passphrase"] == [SECRET]
    assert not {"x", "mode"} & asked.keys()


def test_an_address_that_was_looked_at_stands_for_the_name() -> None:
    named = replace(grant(1), url="srt://there.example:9000?streamid=x")
    for at, netloc in (("192.0.2.1", "192.0.2.1:9000"), ("2001:db8::1", "[2001:db8::1]:9000")):
        assert urlsplit(srt_address(named, at)).netloc == netloc


@pytest.mark.parametrize("url", ["srt://host", "srt://:9000", "srt://host:99999", "srt://["])
def test_an_address_that_leads_nowhere_is_explained(url: str) -> None:
    with pytest.raises(ValueError, match="srt://host:port"):
        srt_address(replace(grant(1), url=url))


def test_a_passphrase_that_libsrt_cannot_take_is_explained() -> None:
    with pytest.raises(ValueError, match="10 to 79"):
        srt_address(replace(grant(1), key="short"))


async def test_what_a_transport_stream_cannot_hold_is_said_before(binary: Binary) -> None:
    video, audio = configs(await clip(binary, *AAC))
    with pytest.raises(ValueError, match="AV1"):
        srt_way(grant(1), replace(video, codec=VideoCodec.AV1), audio, None)
