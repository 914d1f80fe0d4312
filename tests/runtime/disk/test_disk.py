import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from manycast.cache.policies.lru import Lru
from manycast.edge.layers import Drop, Layers, Loaded, Place, Save, Spool
from manycast.runtime import clock
from manycast.runtime.disk.disk import Disk, OpenBody, disk_at
from manycast.runtime.disk.folder import Folder, TakenError
from manycast.settings.disk import DiskSettings


SETTINGS = DiskSettings(block_bytes=4_096, seen_min=1, full_s=1_000.0, load_bytes_max=100_000)
BODY = os.urandom(10_000)
ONE = f"{1:016x}"


class Full(Folder):
    """A folder on a disk that takes nothing more."""

    def create(self, number: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(number))


@asynccontextmanager
async def disk_in(
    path: Path,
    settings: DiskSettings = SETTINGS,
    capacity: int = 10_000_000,
    kind: Callable[[Path], Folder] = Folder,
) -> AsyncIterator[Disk]:
    disk = Disk(Layers(settings, Lru(capacity)), settings, kind(path), lambda _: None)
    async with asyncio.timeout(20):
        await disk.indexed.wait()
        yield disk
    await disk.close()


async def settled(disk: Disk) -> None:
    """Everything that was queued has been done and told."""
    for _ in range(2):
        for threads in (disk._writer, disk._readers):
            over = asyncio.Event()
            for _ in range(SETTINGS.readers):
                threads.do(int, partial(_set, over), weight=0)
            await over.wait()


def _set(event: asyncio.Event, _: object) -> None:
    event.set()


def names(path: Path) -> list[str]:
    return [one.name for one in path.iterdir()]


def save(disk: Disk, key: bytes, body: bytes = BODY, born: float = 0.0) -> int:
    number, orders = disk.layers.place(key, 4, len(body), born, 1e9)
    if number:
        orders.append(Save(number, key, b"head", born, 1e9, [body[:77], body[77:]]))
    disk.perform(orders)
    return number


def spool(disk: Disk, fetch: int, length: int, first: bytes) -> int:
    number, orders = disk.layers.place(b"big", 4, length, 0.0, 1e9)
    disk.perform([*orders, Spool(number, fetch, b"big", b"head", 0.0, 1e9, [first], length)])
    return number


def find(disk: Disk, key: bytes) -> Place:
    place = disk.layers.find(key)
    assert place is not None
    return place


async def load(disk: Disk, place: Place) -> Loaded | None:
    answer: asyncio.Future[Loaded | None] = asyncio.get_running_loop().create_future()
    disk.load(place, answer.set_result)
    return await answer


async def opened(disk: Disk, place: Place) -> OpenBody | None:
    answer: asyncio.Future[OpenBody | None] = asyncio.get_running_loop().create_future()
    disk.open(place, 0, place.length, answer.set_result)
    return await answer


async def test_each_worker_has_its_share_and_its_folder(tmp_path: Path) -> None:
    settings = replace(SETTINGS, directory=str(tmp_path), bytes=1_000_000)
    one = disk_at(settings, lambda _: None, worker=1, workers=4)
    async with asyncio.timeout(10):
        await one.indexed.wait()
    save(one, b"a", bytes(250_000))
    save(one, b"b", bytes(240_000))
    assert set(one.layers) == {b"b"}
    with pytest.raises(TakenError):
        disk_at(settings, lambda _: None, worker=1)
    await settled(one)
    assert names(tmp_path / "cache") == ["1"]
    await one.close()


async def test_what_was_saved_is_there_for_the_next_process(tmp_path: Path) -> None:
    async with disk_in(tmp_path) as disk:
        for key in (b"a", b"b", b"c"):
            save(disk, key, BODY + key)
        disk.perform(disk.layers.drop(b"b"))
        await settled(disk)
        before = {key: find(disk, key) for key in disk.layers}
    async with disk_in(tmp_path) as disk:
        assert set(disk.layers) == {b"a", b"c"}
        for key, place in before.items():
            found = find(disk, key)
            assert (found.number, found.length, found.occupied) == (
                place.number, place.length, place.occupied,
            )  # fmt: skip
            assert found.born == pytest.approx(place.born, abs=1.0)
            loaded = await load(disk, found)
            assert loaded is not None
            assert (loaded.head, loaded.body) == (b"head", BODY + key)
            assert loaded.expires == pytest.approx(1e9, abs=1.0)
        assert save(disk, b"d") == before[b"c"].number + 1


@pytest.mark.parametrize("how", ["flip", "cut", "gone", "other"])
async def test_a_file_that_is_not_what_was_written_is_a_miss_and_counted(
    tmp_path: Path, how: str
) -> None:
    async with disk_in(tmp_path) as disk:
        save(disk, b"a")
        save(disk, b"b", BODY[::-1])
        await settled(disk)
        path = tmp_path / ONE
        match how:
            case "flip":
                data = bytearray(path.read_bytes())
                data[5_000] ^= 1
                path.write_bytes(data)
            case "cut":
                os.truncate(path, 5_000)
            case "gone":
                path.unlink()
            case "other":
                (tmp_path / f"{2:016x}").rename(path)
        assert await load(disk, find(disk, b"a")) is None
        assert disk.layers.find(b"a") is None
        counters = disk.layers.counters
        assert (counters.damaged, counters.errors) == ((0, 1) if how == "gone" else (1, 0))
        await settled(disk)
        assert not path.exists()


async def test_an_open_file_is_ready_until_somebody_writes_to_it(tmp_path: Path) -> None:
    async with disk_in(tmp_path) as disk:
        save(disk, b"a")
        await settled(disk)
        place = find(disk, b"a")
        assert disk.hot(place, 0, 5) is None
        assert await opened(disk, place) is not None
        body = disk.hot(place, 0, place.length)
        assert body is not None
        assert os.pread(body.fd, place.length, body.offset) == BODY
        with (tmp_path / ONE).open("r+b") as file:
            file.seek(200)
            file.write(b"wrong")
        assert disk.hot(place, 0, place.length) is None
        assert await opened(disk, place) is None
        assert disk.layers.find(b"a") is None


async def test_a_large_object_stays_on_the_disk_and_is_opened(tmp_path: Path) -> None:
    async with disk_in(tmp_path, replace(SETTINGS, load_bytes_max=len(BODY) - 1)) as disk:
        save(disk, b"a")
        await settled(disk)
        place = find(disk, b"a")
        loaded = await load(disk, place)
        assert loaded is not None
        assert (loaded.head, loaded.length, loaded.body) == (b"head", len(BODY), b"")
        assert loaded.place is place
        assert disk.hot(place, 0, len(BODY)) is not None


async def test_what_is_sent_goes_on_when_its_file_is_removed(tmp_path: Path) -> None:
    async with disk_in(tmp_path) as disk:
        save(disk, b"a")
        await settled(disk)
        body = await opened(disk, find(disk, b"a"))
        assert body is not None
        disk.perform(disk.layers.drop(b"a"))
        await settled(disk)
        assert not names(tmp_path)
        answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        body.read(1, 100, answer.set_result)
        assert await answer == BODY[1:101]


async def test_a_body_is_written_while_it_passes(tmp_path: Path) -> None:
    async with disk_in(tmp_path) as disk:
        spool(disk, 5, 30_000, BODY)
        disk.data(5, [BODY])
        disk.data(5, [BODY[:1], BODY[1:]])
        assert disk.spools(5)
        await settled(disk)
        assert disk.layers.find(b"big") is None
        disk.ended(5)
        await settled(disk)
        loaded = await load(disk, find(disk, b"big"))
        assert loaded is not None
        assert loaded.body == BODY * 3


@pytest.mark.parametrize("how", ["failed", "short", "queue", "purged"])
async def test_a_body_that_did_not_pass_whole_leaves_nothing(tmp_path: Path, how: str) -> None:
    settings = replace(SETTINGS, writes_queued_bytes_max=25_000)
    async with disk_in(tmp_path, settings) as disk:
        number = spool(disk, 5, 30_000, BODY)
        disk.data(5, [BODY])
        match how:
            case "failed":
                disk.give_up(5)
            case "queue":
                disk.data(5, [BODY])
                assert not disk.spools(5)
            case "short":
                disk.ended(5)
            case "purged":
                disk.perform(disk.layers.drop(b"big"))
                disk.perform([Drop((number,))])
        await settled(disk)
        if how == "purged":
            disk.data(5, [BODY])
            disk.ended(5)
            await settled(disk)
        assert disk.layers.find(b"big") is None
        assert not disk.layers.used_bytes
        assert not names(tmp_path)


async def test_a_full_disk_is_left_alone_for_a_while(tmp_path: Path) -> None:
    async with disk_in(tmp_path, kind=Full) as disk:
        save(disk, b"a")
        await settled(disk)
        assert (disk.full, disk.layers.counters.errors) == (True, 1)
        save(disk, b"b")
        spool(disk, 5, 10_000, BODY)
        assert not disk.spools(5)
        await settled(disk)
        assert (disk.layers.counters.errors, disk.layers.counters.refused) == (1, 2)
        assert not len(disk.layers)


async def test_more_than_may_wait_is_not_written(tmp_path: Path) -> None:
    settings = replace(SETTINGS, writes_queued_bytes_max=15_000, reads_queued_max=0)
    async with disk_in(tmp_path, settings) as disk:
        save(disk, b"a")
        save(disk, b"b")
        await settled(disk)
        assert set(disk.layers) == {b"a"}
        assert await load(disk, find(disk, b"a")) is None
        assert set(disk.layers) == {b"a"}


async def test_the_files_never_take_more_than_the_capacity(tmp_path: Path) -> None:
    capacity = 100_000
    async with disk_in(tmp_path, capacity=capacity) as disk:
        for number in range(40):
            save(disk, b"%d" % number, BODY[: number * 250])
            await settled(disk)
            files = [(tmp_path / name).stat().st_blocks * 512 for name in names(tmp_path)]
            assert sum(files) <= disk.layers.used_bytes <= capacity
            assert len(files) == len(disk.layers)
    async with disk_in(tmp_path, capacity=50_000) as disk:
        await settled(disk)
        assert disk.layers.used_bytes <= 50_000
        assert len(names(tmp_path)) == len(disk.layers) > 0
        assert disk.layers.find(b"39") is not None


async def test_only_so_many_files_stay_open(tmp_path: Path) -> None:
    async with disk_in(tmp_path, replace(SETTINGS, open_files_max=2)) as disk:
        keys = [b"%d" % number for number in range(5)]
        for key in keys:
            save(disk, key)
        await settled(disk)
        for key in keys:
            assert await opened(disk, find(disk, key)) is not None
        assert [disk.hot(find(disk, key), 0, 1) is not None for key in keys] == [
            False, False, False, True, True,
        ]  # fmt: skip


async def test_an_object_grows_no_younger_when_the_wall_clock_is_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with disk_in(tmp_path) as disk:
        now = disk.now()
        save(disk, b"a", born=now)
        await settled(disk)
        earlier = clock.wall_ms() - 3_600_000
        monkeypatch.setattr(clock, "wall_ms", lambda: earlier)
        loaded = await load(disk, find(disk, b"a"))
        assert loaded is not None
        assert (loaded.born, loaded.expires) == (now, 1e9)
