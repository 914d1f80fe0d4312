"""An origin that answers each rule as its script says, and keeps what it was sent."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from time import time

from bench.edge.rules_model import Answer, Pairs
from bench.edge.rules_wire import Fields, body_of, first, head_of


_PATH = re.compile(r"/rules/(\d+)(?:/|\?|$)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_ENTITY = {"content-type", "content-length", "content-encoding", "content-range", "last-modified"}


@dataclass(slots=True)
class Seen:
    """A request as it reached the origin."""

    method: str
    fields: Fields
    body: bytes
    status: int = 0


@dataclass(slots=True)
class Script:
    """One rule's run: the answer of its present step, and what came."""

    answer: Answer = field(default_factory=Answer)
    seen: list[Seen] = field(default_factory=list)


class Origin:
    def __init__(self) -> None:
        self.scripts: dict[int, Script] = {}
        self.port = 0

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def begin(self) -> tuple[int, Script]:
        number = len(self.scripts)
        self.scripts[number] = Script()
        return number, self.scripts[number]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while head := await head_of(reader):
                if not await self._one(head, reader, writer):
                    break
        writer.close()

    async def _one(
        self, head: tuple[str, Fields], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; whether the connection goes on."""
        line, fields = head
        method, target, _ = line.split(" ", 2)
        body = await body_of(reader, fields, request=True)
        found = _PATH.match(target)
        if found is None:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return True
        script = self.scripts[int(found[1])]
        answer = script.answer
        seen = Seen(method, fields, body)
        script.seen.append(seen)
        await asyncio.sleep(answer.wait_s)
        if answer.cut:
            return False
        for status, pairs in answer.interim:
            writer.write(rendered(status, told(pairs)))
        writer.write(final(answer, seen, len(script.seen)))
        await writer.drain()
        return not answer.last


def final(answer: Answer, seen: Seen, number: int) -> bytes:
    """The whole reply, by the request's condition and range."""
    if answer.plain is not None and first(seen.fields, "range") is None:
        fields = tuple(pair for pair in answer.fields if pair[0] != "content-range")
        answer = Answer(fields, body=answer.plain)
    if seen.method in {"GET", "HEAD"} and answer.status == 200 and _unchanged(answer, seen.fields):
        pairs = answer.renewed
        if pairs is None:
            pairs = tuple(pair for pair in answer.fields if pair[0] not in _ENTITY)
        seen.status = 304
        return rendered(304, _dated(told(pairs)))
    status, body = answer.status, answer.body
    if body is None:
        body = b"" if status == 204 else b"answer %d" % number
    sent = told(answer.fields)
    span = _span(seen.fields, len(body)) if answer.ranges else None
    if span is not None:
        sent.append(("content-range", f"bytes {span[0]}-{span[1] - 1}/{len(body)}"))
        status, body = 206, body[span[0] : span[1]]
    seen.status = status
    names = {name for name, _ in sent}
    if not (answer.last or names & {"content-length", "transfer-encoding"} or status == 204):
        sent.append(("content-length", str(len(body))))
    if "content-type" not in names:
        sent.append(("content-type", "text/plain"))
    whole = rendered(status, [*_dated(sent), ("serial", str(number))])
    return whole if seen.method == "HEAD" else whole + body


def _unchanged(answer: Answer, fields: Fields) -> bool:
    mine = told(answer.fields)
    tag, asked = first(mine, "etag"), first(fields, "if-none-match")
    if asked is not None:
        return tag is not None and tag in [item.strip() for item in asked.split(",")]
    since = first(fields, "if-modified-since")
    return since is not None and since == first(mine, "last-modified")


def _span(fields: Fields, length: int) -> tuple[int, int] | None:
    found = _RANGE.fullmatch(first(fields, "range") or "")
    if found is None or first(fields, "if-range") is not None:
        return None
    if not found[1]:
        return max(0, length - int(found[2])), length
    end = int(found[2]) + 1 if found[2] else length
    return (int(found[1]), min(end, length)) if int(found[1]) < length else None


def told(pairs: Pairs) -> list[tuple[str, str]]:
    now = int(time())
    return [
        (name, formatdate(now + value, usegmt=True) if isinstance(value, int) else value)
        for name, value in pairs
    ]


def _dated(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if all(name != "date" for name, _ in fields):
        return [*fields, ("date", formatdate(usegmt=True))]
    return [pair for pair in fields if pair != ("date", "")]


def rendered(status: int, fields: list[tuple[str, str]]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 {status} Scripted\r\n{lines}\r\n".encode("latin-1")
