import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.api.serving import serving

from manycast.api import connection


async def said(url: str, *pieces: bytes) -> bytes:
    """All that comes back until the other side closes."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


async def test_a_head_that_never_ends_is_cut_off(tmp_path: Path) -> None:
    async with serving(tmp_path) as url:
        assert await said(url, ASK, *[b"X: " + b"y" * 8000 + b"\r\n"] * 20) == b""


@pytest.mark.parametrize("piece", [b"1\r\nx\r\n" * 1000, b"0\r\nA: " + b"y" * 8000])
async def test_what_frames_a_body_is_bounded_as_well(tmp_path: Path, piece: bytes) -> None:
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serving(tmp_path) as url:
        assert await said(url, head, piece, *[piece[-6000:]] * 20) == b""


async def test_a_long_body_is_no_long_head(tmp_path: Path) -> None:
    body = b"x" * (3 * connection.HEAD_BYTES_MAX)
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    async with serving(tmp_path) as url:
        reply = await said(url, head + b"Content-Length: %d\r\n\r\n" % len(body), body)
        assert b"422 Unprocessable" in reply


async def test_empty_lines_after_a_reply_hold_no_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_S_MAX", 0.05)
    async with serving(tmp_path) as url:
        place = urlsplit(url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(ASK + b"\r\n")
        await reader.readuntil(b"ok\n")
        writer.write(b"\r\n")
        assert await reader.read() == b""
        writer.close()


async def test_a_head_that_does_not_come_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_S_MAX", 0.05)
    async with serving(tmp_path) as url:
        assert await said(url) == b""
        assert await said(url, ASK) == b""


async def test_usual_requests_are_answered_one_after_the_other(tmp_path: Path) -> None:
    async with serving(tmp_path) as url:
        both = await said(url, ASK + b"\r\n" + ASK + b"Connection: close\r\n\r\n")
        assert both.count(b"200 OK") == 2
