"""A bare LL-HLS server of prebuilt replies: what the load generator itself can carry.

usage: python bench/load/server.py PART_MS PART_BYTES  (prints its URL, runs until it is killed)
"""

import asyncio
import sys
import time

import uvloop

from manycast.hls import multivariant
from manycast.hls.multivariant import Variant
from manycast.hls.rules import Rules
from manycast.hls.window import MediaWindow


SEGMENT_MS = 2000


def reply(body: bytes, max_age_s: int) -> bytes:
    """With the freshness that the origin states, so that an edge can stand between."""
    fields = b"Content-Length: %d\r\nCache-Control: max-age=%d" % (len(body), max_age_s)
    return b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n" + body


class Origin:
    def __init__(self, part_ms: int, part_bytes: int) -> None:
        self.part_ms = part_ms
        self.per_segment = SEGMENT_MS // part_ms
        self.window = MediaWindow(Rules(part_target_ms=part_ms), first_part_number=1)
        self.media = reply(bytes(part_bytes), 3600)
        self.master = reply(
            multivariant.text(
                [Variant("source/index.m3u8", 10**6, 10**6, ("avc1.64001f",), 1280, 720)]
            ).encode(),
            1,
        )
        self.held: list[Client] = []
        self.count = 0
        self.next_ms = round(time.time() * 1000) - 20_000

    def publish(self) -> None:
        msn, part = divmod(self.count, self.per_segment)
        if part == 0:
            self.window.open_segment(msn, self.next_ms, 1)
        self.window.add_part(self.part_ms, independent=part == 0)
        if part == self.per_segment - 1:
            self.window.close_segment()
        self.count += 1
        self.next_ms += self.part_ms

    def playlist(self) -> None:
        self.full = reply(self.window.text().encode(), 1)
        self.delta = reply(self.window.text(skip=True).encode(), 12)
        held, self.held = self.held, []
        for client in held:
            if client.transport.is_closing():
                continue
            client.transport.write(self.delta)

    async def run(self) -> None:
        while self.next_ms + self.part_ms <= time.time() * 1000:
            self.publish()
        self.playlist()
        while True:
            await asyncio.sleep((self.next_ms + self.part_ms) / 1000 - time.time())
            self.publish()
            self.playlist()

    def ask(self, client: "Client", target: bytes) -> None:
        if b"/source/" not in target:
            client.transport.write(self.master)
        elif b".m3u8" not in target:
            client.transport.write(self.media)
        elif b"_HLS_msn=" in target:
            numbers = target.split(b"_HLS_msn=")[1].split(b"&")
            asked = int(numbers[0]) * self.per_segment + int(numbers[1].partition(b"=")[2])
            if asked < self.count:
                client.transport.write(self.delta)
            else:
                self.held.append(client)
        else:
            client.transport.write(self.full)


class Client(asyncio.Protocol):
    def __init__(self, origin: Origin) -> None:
        self.origin = origin

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.origin.ask(self, data.split(b" ", 2)[1])


async def main() -> None:
    origin = Origin(int(sys.argv[1]), int(sys.argv[2]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Client(origin), "127.0.0.1", 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/live/demo/index.m3u8", flush=True)
    await origin.run()


if __name__ == "__main__":
    uvloop.run(main())
