"""The scripted origin behind every contender, and the bare writer that is the loop's own limit.

Paths: /object/SIZE[/NAME] at once; /slow/MS/SIZE/NAME after a wait; /drip/MS/SIZE/NAME in ten chunks over
that time, without a length; a GET of /counts tells what each path cost so far. Ranges are honoured,
as nginx's slices need them. The role `both` has a low-latency live stream under /live/ besides.

usage: python -m bench.edge.origin origin|both|bare  (its first line is its port; runs until it is killed)
"""

import argparse
import asyncio
import json
import re
from collections import defaultdict
from typing import ClassVar, cast

import uvloop
from bench.load.server import Origin as Live


KEEP = b'Cache-Control: max-age=86400, immutable\r\nContent-Type: video/mp4\r\nETag: "one"\r\n'
PIECES = 10
PART_MS, PART_BYTES = 200, 75_000
_RANGE = re.compile(rb"\r\nrange: *bytes=(\d+)-(\d*)\r\n", re.IGNORECASE)


class Origin(asyncio.Protocol):
    """Requests come whole and one at a time: its clients are caches on this machine."""

    requests: ClassVar[defaultdict[str, int]] = defaultdict(int)
    live: ClassVar[Live | None] = None
    sent: ClassVar[defaultdict[str, int]] = defaultdict(int)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.loop = asyncio.get_running_loop()
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        if not self.data.endswith(b"\r\n\r\n"):
            return
        data, self.data = self.data, b""
        method, path = data.split(b" ", 2)[:2]
        self.headless = method == b"HEAD"
        self.path = path.decode()
        words = self.path.strip("/").split("/")
        if words[0] == "counts":
            self.counts()
            return
        if words[0] == "live" and self.live is not None:
            self.live.ask(self, path)  # type: ignore[arg-type]  # all it uses is the transport
            return
        self.requests[self.path] += 1
        if words[0] == "object":
            self.whole(int(words[1]), _RANGE.search(data))
        elif words[0] == "slow":
            self.loop.call_later(int(words[1]) / 1000, self.whole, int(words[2]), None)
        elif words[0] == "drip":
            self.drip(int(words[1]) / 1000, int(words[2]))
        else:
            self.transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def whole(self, size: int, asked: re.Match[bytes] | None) -> None:
        line, first, last = b"200 OK\r\n", 0, size - 1
        if asked is not None and int(asked[1]) < size:
            first, last = int(asked[1]), min(last, int(asked[2] or last))
            line = b"206 Partial Content\r\nContent-Range: bytes %d-%d/%d\r\n" % (first, last, size)
        length = last - first + 1
        tag = b"Cache-Tag: %b\r\n" % self.path[-1:].encode()
        head = b"HTTP/1.1 " + line + KEEP + tag + b"Content-Length: %d\r\n\r\n" % length
        self.say(head, b"" if self.headless else b"x" * length)

    def drip(self, seconds: float, size: int) -> None:
        self.say(b"HTTP/1.1 200 OK\r\n" + KEEP + b"Transfer-Encoding: chunked\r\n\r\n", b"")
        piece = size // PIECES
        for number in range(PIECES):
            chunk = b"%x\r\n%b\r\n" % (piece, b"x" * piece)
            self.loop.call_later(seconds * number / (PIECES - 1), self.say, b"", chunk)
        self.loop.call_later(seconds, self.transport.write, b"0\r\n\r\n")

    def say(self, head: bytes, body: bytes) -> None:
        if not self.transport.is_closing():
            self.sent[self.path] += len(body)
            self.transport.write(head + body)

    def counts(self) -> None:
        told = {path: [count, self.sent[path]] for path, count in self.requests.items()}
        body = json.dumps(told).encode()
        head = b"HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: %d\r\n\r\n"
        self.transport.write(head % len(body) + body)


class BareWriter(asyncio.Protocol):
    """Reads a request as far as its path and writes a prepared reply: what the loop itself can do."""

    replies: ClassVar[dict[bytes, tuple[bytes, bytes]]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        path = data.split(b" ", 2)[1]
        found = self.replies.get(path)
        if found is None:
            size = int(path.split(b"/")[2])
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
            found = self.replies[path] = (head, b"x" * size)
        self.transport.writelines(found)


async def run(role: str) -> None:
    loop = asyncio.get_running_loop()
    protocol = BareWriter if role == "bare" else Origin
    server = await loop.create_server(protocol, "127.0.0.1", 0, backlog=8192)
    print(server.sockets[0].getsockname()[1], flush=True)
    if role == "both":
        Origin.live = Live(PART_MS, PART_BYTES)
        await Origin.live.run()
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["origin", "both", "bare"])
    uvloop.run(run(parser.parse_args().role))
