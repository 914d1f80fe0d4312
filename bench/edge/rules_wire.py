"""Just enough of HTTP/1.1 to see every byte of a head: both the origin's side and the viewer's."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass


Fields = list[tuple[str, str]]
"""Names in lower case."""

_BODILESS = {204, 304}
_WAIT_S = 15.0


@dataclass(slots=True)
class Got:
    """A reply as the viewer saw it; status 0 when there was none."""

    status: int
    fields: Fields
    body: bytes
    interim: tuple[int, ...] = ()


def first(fields: Fields, name: str) -> str | None:
    return next((value for key, value in fields if key == name), None)


def joined(fields: Fields, name: str) -> str | None:
    found = [value for key, value in fields if key == name]
    return ", ".join(found) if found else None


async def head_of(reader: asyncio.StreamReader) -> tuple[str, Fields] | None:
    """First line and fields; None when the other side has closed."""
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    line, *rest = text[:-4].split("\r\n")
    pairs = [part.partition(":") for part in rest]
    return line, [(name.lower(), value.strip()) for name, _, value in pairs]


async def body_of(reader: asyncio.StreamReader, fields: Fields, *, request: bool) -> bytes:
    if "chunked" in (first(fields, "transfer-encoding") or ""):
        return await _chunked(reader)
    length = first(fields, "content-length")
    if length is not None:
        return await reader.readexactly(int(length))
    return b"" if request else await reader.read()


async def _chunked(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readuntil(b"\n")).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    while (await reader.readline()).strip():
        pass
    return body


async def ask(port: int, method: str, target: str, fields: Fields, body: bytes) -> Got:
    """One request on a connection of its own."""
    with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
        async with asyncio.timeout(_WAIT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
                if body or method in {"POST", "PUT"}:
                    lines += f"content-length: {len(body)}\r\n"
                start = f"{method} {target} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{lines}\r\n"
                writer.write(start.encode("latin-1") + body)
                return await _reply(reader, method)
            finally:
                writer.close()
    return Got(0, [], b"")


async def _reply(reader: asyncio.StreamReader, method: str) -> Got:
    interim: list[int] = []
    while True:
        head = await head_of(reader)
        if head is None:
            return Got(0, [], b"", tuple(interim))
        status = int(head[0].split(" ")[1])
        if status >= 200:
            break
        interim.append(status)
    bodiless = method == "HEAD" or status in _BODILESS
    body = b"" if bodiless else await body_of(reader, head[1], request=False)
    return Got(status, head[1], body, tuple(interim))
