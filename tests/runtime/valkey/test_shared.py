import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from manycast.edge.layers import Loaded
from manycast.runtime import clock
from manycast.runtime.valkey import shared as module
from manycast.runtime.valkey.shared import AbsentError, Shared, Values, values_at
from manycast.settings.shared import SharedSettings


PATIENT = SharedSettings(timeout_ms=5_000.0, connect_ms=5_000.0)
QUICK = SharedSettings(
    timeout_ms=20.0, connect_ms=20.0, failures_max=3, open_s=0.05, open_s_max=0.05
)
BODY = [b"some ", b"body"]


class Fake:
    """A server in a dict, which can be slow, gone or mad."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}
        self.asked = 0
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def mget(self, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        await self._pass()
        return [self.kept.get(key) for key in keys]

    async def set(
        self, name: bytes, value: bytes, *, px: int | None = None, nx: bool = False
    ) -> object:
        await self._pass()
        if not (nx and name in self.kept):
            self.kept[name] = value
        return True

    async def aclose(self) -> None:
        pass

    async def _pass(self) -> None:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error


@asynccontextmanager
async def shared_over(values: Values, settings: SharedSettings = PATIENT) -> AsyncIterator[Shared]:
    async with asyncio.timeout(30), Shared(values, settings, lambda _: None) as shared:
        yield shared


async def get(shared: Shared, key: bytes = b"/a") -> Loaded | None:
    answer: asyncio.Future[Loaded | None] = asyncio.get_running_loop().create_future()
    return await answer if shared.get(key, answer.set_result) else None


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(1_000):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def idle(shared: Shared) -> None:
    """What was begun is over."""

    async def over() -> bool:
        return not shared._waiting

    await until(over)


async def told(shared: Shared) -> None:
    """Its purge is known to all."""

    async def known() -> bool:
        return not shared._untold

    await until(known)


async def put(shared: Shared, key: bytes = b"/a") -> None:
    """As a node does it: look up, fetch, keep."""
    now = asyncio.get_running_loop().time()
    await get(shared, key)
    await idle(shared)
    await get(shared, key)
    shared.put(key, b"head", (now - 1, now + 100), BODY)
    await idle(shared)


async def test_what_one_node_fetched_the_other_finds() -> None:
    fake = Fake()
    async with shared_over(fake) as one, shared_over(fake) as other:
        await put(one)
        now = asyncio.get_running_loop().time()
        found = await get(other)
        assert found is not None
        assert (found.head, found.body) == (b"head", b"some body")
        assert found.born == pytest.approx(now - 1, abs=0.5)
        assert found.expires == pytest.approx(now + 100, abs=0.5)
        assert (other.counters.hits, other.counters.misses, one.counters.saved) == (1, 0, 1)


async def test_a_purge_voids_what_is_there_and_what_is_being_fetched() -> None:
    fake = Fake()
    async with shared_over(fake) as one, shared_over(fake) as other:
        await put(one)
        await get(other, b"/b")
        one.purged()
        assert one.get(b"/a", lambda _: None) is False
        await idle(one)
        await told(one)
        assert await get(other) is None
        now = asyncio.get_running_loop().time()
        other.put(b"/b", b"head", (now, now + 100), BODY)
        await idle(other)
        assert await get(one, b"/b") is None
        await put(other)
        assert await get(one) is not None


async def test_what_a_node_with_a_fast_clock_shares_is_not_from_the_future(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = Fake()
    async with shared_over(fake) as one, shared_over(fake) as other:
        await put(one)
        earlier = clock.wall_ms() - 60_000
        monkeypatch.setattr(clock, "wall_ms", lambda: earlier)
        found = await get(other)
        assert found is not None
        assert found.born <= asyncio.get_running_loop().time()


async def test_a_server_that_forgot_the_mark_forgot_the_values() -> None:
    fake = Fake()
    async with shared_over(fake) as shared:
        await put(shared)
        del fake.kept[b"manycast:mark"]
        assert await get(shared) is None
        await idle(shared)
        assert await get(shared) is None


async def test_no_changed_byte_of_a_value_is_taken_for_the_value() -> None:
    fake = Fake()
    async with shared_over(fake) as shared:
        await put(shared)
        [name] = [name for name in fake.kept if name != b"manycast:mark"]
        value = fake.kept[name]
        for at in range(len(value)):
            fake.kept[name] = value[:at] + bytes([value[at] ^ 64]) + value[at + 1 :]
            assert await get(shared) is None
            fake.kept[name] = value[:at]
            assert await get(shared) is None
        assert shared.counters.damaged == 2 * len(value)
        fake.kept[shared._name(b"/other")] = value
        assert await get(shared, b"/other") is None


async def test_what_is_large_or_stale_soon_or_was_not_looked_up_is_left_out() -> None:
    fake = Fake()
    async with shared_over(fake, replace(PATIENT, value_bytes_max=20)) as shared:
        now = asyncio.get_running_loop().time()
        for key, until, body in [(b"/a", 100, [bytes(20)]), (b"/b", 9, BODY), (b"/c", 100, BODY)]:
            if key != b"/c":
                await get(shared, key)
                await idle(shared)
                await get(shared, key)
            shared.put(key, b"", (now, now + until), body)
        await idle(shared)
        assert set(fake.kept) == {b"manycast:mark"}
        assert shared.counters.refused == 3


async def test_it_is_not_waited_for_longer_than_its_limit_and_then_not_asked() -> None:
    fake = Fake()
    fake.gate = asyncio.Event()
    async with shared_over(fake, QUICK) as shared:
        for _ in range(QUICK.failures_max):
            assert await get(shared) is None
        assert shared.away
        asked = fake.asked
        assert not shared.get(b"/a", lambda _: None)
        assert fake.asked == asked
        assert shared.counters.errors == QUICK.failures_max
        fake.gate = None

        async def back() -> bool:
            await get(shared)
            return not shared.away

        await until(back)
        await put(shared)
        assert await get(shared) is not None


async def test_only_so_many_operations_wait() -> None:
    fake = Fake()
    fake.gate = asyncio.Event()
    async with shared_over(fake, replace(PATIENT, waiting_max=3, connections_max=2)) as shared:
        begun = [shared.get(b"%d" % number, lambda _: None) for number in range(5)]
        assert begun == [True, True, True, False, False]
        await asyncio.sleep(0)
        assert fake.asked <= 2
        fake.gate.set()
        await idle(shared)
        assert shared.get(b"/a", lambda _: None)


async def test_a_purge_is_told_once_the_server_is_back() -> None:
    fake = Fake()
    async with shared_over(fake, QUICK) as shared:
        await put(shared)
        fake.error = OSError("away")
        before = fake.kept[b"manycast:mark"]
        shared.purged()
        await idle(shared)
        assert not shared.get(b"/a", lambda _: None)
        fake.error = None
        await told(shared)
        assert fake.kept[b"manycast:mark"] != before


def test_a_missing_library_is_told_of_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(module.importlib, "import_module", missing)
    with pytest.raises(AbsentError, match=r"manycast\[shared\]"):
        values_at(SharedSettings(url="redis://localhost"))


# Against the real server.

SERVER = shutil.which("redis-server") or shutil.which("valkey-server")
real = pytest.mark.skipif(SERVER is None, reason="needs redis-server or valkey-server")
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
def start(tmp_path: Path, port: int) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> subprocess.Popen[bytes]:
        assert SERVER is not None
        words = [
            SERVER,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(tmp_path),
        ]
        started.append(subprocess.Popen(words, stdout=subprocess.DEVNULL))
        return started[-1]

    yield begin
    for server in started:
        server.kill()
        server.wait()


@real
async def test_a_real_server_keeps_it_until_it_is_killed_and_again_when_it_is_back(
    start: Start, port: int
) -> None:
    settings = replace(PATIENT, url=f"redis://127.0.0.1:{port}/0", open_s=0.05, open_s_max=0.05)
    server = start()
    body = [os.urandom(500_000), os.urandom(400_000)]

    async def kept(shared: Shared) -> bool:
        now = asyncio.get_running_loop().time()
        found = await get(shared)
        if found is None:
            shared.put(b"/a", b"head", (now, now + 100), body)
            await idle(shared)
            return False
        assert found.body == b"".join(body)
        return True

    async with shared_over(values_at(settings), settings) as shared:
        await until(lambda: kept(shared))
        server.kill()
        server.wait()
        for _ in range(settings.failures_max):
            assert await get(shared) is None
        assert shared.away
        start()
        await until(lambda: kept(shared))
        assert not shared.away


@real
async def test_a_real_server_that_hangs_costs_its_limit_and_mixes_up_no_answers(
    start: Start, port: int
) -> None:
    settings = replace(PATIENT, url=f"redis://127.0.0.1:{port}/0", failures_max=1_000)
    server = start()
    async with shared_over(values_at(settings), settings) as shared:

        async def kept() -> bool:
            for number in range(20):
                await put(shared, b"/%d" % number)
            return shared.counters.saved >= 20

        await until(kept)
        hasty = Shared(values_at(settings), replace(settings, timeout_ms=30.0), lambda _: None)
        async with hasty:
            server.send_signal(signal.SIGSTOP)
            assert [await get(hasty, b"/%d" % number) for number in range(5)] == [None] * 5
            assert hasty.counters.errors == 5
            server.send_signal(signal.SIGCONT)

            async def well() -> bool:
                return await get(hasty, b"/3") is not None

            await until(well)
        assert hasty.counters.damaged == 0
