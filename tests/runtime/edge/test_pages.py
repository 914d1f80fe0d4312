import asyncio
import contextlib
import gc
import mmap
import os
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
import uvloop
from hypothesis import given, settings, strategies as st

from manycast.runtime.edge.pages import LEAST_BYTES, SLOT_BYTES, SLOTS, PageFile, slots_within
from manycast.runtime.http.server import Server, serve
from manycast.settings.http import HttpServerSettings
from manycast.std.http1 import Headers


LARGE = bytes(range(256)) * (LEAST_BYTES // 256)


def held_bytes(file: PageFile) -> int:
    return os.fstat(file._fd).st_blocks * 512


def test_a_large_body_is_kept_whole_and_reads_as_bytes_do() -> None:
    file = PageFile(2)
    (pages,) = file.keep((LARGE, b"end"))
    assert type(pages) is not bytes
    assert b"".join((pages,)) == LARGE + b"end"
    assert (len(pages), pages[3:5], pages[-3:]) == (len(LARGE) + 3, LARGE[3:5], b"end")
    assert os.pread(pages.fd, len(pages), pages.offset) == LARGE + b"end"


@pytest.mark.parametrize("body", [(), (b"small",), (bytes(LEAST_BYTES - 1),)])
def test_small_bodies_stay_as_they_are(body: tuple[bytes, ...]) -> None:
    assert PageFile(2).keep(body) is body


def test_what_is_kept_already_is_not_kept_again() -> None:
    file = PageFile(2)
    kept = file.keep((LARGE,))
    assert file.keep(kept) is kept
    assert file.free_slots == 1


def test_without_a_free_slot_a_body_stays_as_it_is() -> None:
    file = PageFile(1)
    kept = file.keep((LARGE,))
    body = (LARGE,)
    assert file.keep(body) is body
    assert PageFile(0).keep(body) is body
    assert kept[0][:4] == LARGE[:4]


def test_a_slot_is_given_back_with_the_last_user_of_its_bytes() -> None:
    file = PageFile(1)
    kept = file.keep((LARGE,))
    seen = memoryview(kept[0])
    del kept
    gc.collect()
    assert file.free_slots == 0
    assert seen[:256] == LARGE[:256]
    seen.release()
    del seen
    gc.collect()
    assert file.free_slots == 1
    assert held_bytes(file) == 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=12), st.integers(1, 3))
def test_bodies_never_share_bytes_and_what_is_gone_costs_nothing(
    turns: list[int], slots: int
) -> None:
    file = PageFile(slots)
    kept: dict[int, tuple[bytes, ...]] = {}
    for number, turn in enumerate(turns):
        kept.pop(turn, None)
        kept[turn] = file.keep((bytes([number]) * LEAST_BYTES,))
        taken = sum(type(body[0]) is not bytes for body in kept.values())
        assert taken + file.free_slots == slots
        assert held_bytes(file) == taken * LEAST_BYTES
        assert all(len(set(b"".join(body))) == 1 for body in kept.values())
    assert slots * SLOT_BYTES % mmap.ALLOCATIONGRANULARITY == 0


async def test_read_and_ready_tell_what_a_sender_asks() -> None:
    (pages,) = PageFile(1).keep((LARGE,))
    told: list[object] = []
    pages.read(1, 2, told.append)
    pages.prepare(0, 1, told.append)
    assert (pages.ready(0, 1), told) == (True, [LARGE[1:3], True])


def test_bodies_leave_most_open_files_to_connections() -> None:
    assert slots_within(1_024) == 128
    assert slots_within(100_000) == SLOTS


# Sent by the fast path of a server.

BODY = os.urandom(3_000_001)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(BODY)
SMALL = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
REQUEST = b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n"


class Kept:
    """A shortcut with one large body and one small reply."""

    def __init__(self) -> None:
        self.file = PageFile(1)
        self.large = (HEAD, *self.file.keep((BODY,)))

    def accepts(self, headers: Headers) -> bytes | None:
        return b""

    def answer(self, target: bytes, profile: bytes) -> Sequence[bytes] | None:
        return self.large if target == b"/large" else (SMALL,)


@contextlib.asynccontextmanager
async def kept() -> AsyncIterator[tuple[Kept, Server]]:
    shortcut = Kept()
    server = await serve(
        lambda exchange: exchange.send(200, (), b"first"), "127.0.0.1", 0,
        HttpServerSettings(drain_s=0.1), shortcut=shortcut,
    )  # fmt: skip
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(REQUEST % b"small")
    await reader.readuntil(b"first")
    writer.close()
    yield shortcut, server
    await server.close()


LOOPS = pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
Loop = Callable[[], asyncio.AbstractEventLoop]


@LOOPS
def test_large_and_small_hits_keep_their_order_on_a_connection(loop: Loop) -> None:
    async def work() -> None:
        async with asyncio.timeout(20), kept() as (_, server):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            for name in (b"large", b"small", b"large"):  # one by one, as the fast path takes them
                writer.write(REQUEST % name)
                wanted = SMALL if name == b"small" else HEAD + BODY
                assert await reader.readexactly(len(wanted)) == wanted
            writer.write(REQUEST % b"large")
            await reader.readexactly(10)
            writer.write(
                REQUEST % b"small" + REQUEST % b"small"
            )  # while the large one is under way
            assert await reader.readexactly(len(HEAD + BODY) - 10) == (HEAD + BODY)[10:]
            assert b"first" in await reader.readuntil(b"first")
            writer.close()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(work())


@LOOPS
def test_a_client_that_leaves_gives_the_pages_back(loop: Loop) -> None:
    async def work() -> None:
        async with asyncio.timeout(20), kept() as (shortcut, server):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1_024)
            writer.write(REQUEST % b"large")
            await reader.readexactly(10)
            writer.transport.abort()
            while server.connections:
                await asyncio.to_thread(bool)  # a turn of the loop
            shortcut.large = (SMALL,)
            gc.collect()
            assert shortcut.file.free_slots == 1

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(work())
