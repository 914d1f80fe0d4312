"""The disk layer at work: performs what ``edge.layers`` orders and reads what it knows of."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from manycast.cache.policy import build
from manycast.edge.layers import Drop, Found, Layers, Loaded, Order, Place, Record, Save, Spool
from manycast.runtime import clock
from manycast.runtime.disk.folder import FULL, Folder
from manycast.runtime.disk.format import DamagedError
from manycast.runtime.disk.stored import Stored, glimpse
from manycast.runtime.disk.threads import Threads
from manycast.runtime.disk.writing import CutShortError, Draft, Writing, write
from manycast.runtime.http.sendfile import TURN_BYTES
from manycast.settings.disk import DiskSettings


T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_BATCH = 256
"""Files looked at in one go while the index is made again: some milliseconds of a reading thread."""
_CLOCKS_S = 5.0
"""Seconds that a file may seem to come from the future: clocks are set a little, now and then."""


def disk_at(
    settings: DiskSettings, observe: Callable[[float], None], worker: int = 0, workers: int = 1
) -> "Disk":
    """The layer of one of a node's workers; raises OSError, TakenError and PolicyError."""
    policy = build(settings.policy, settings.bytes // workers)
    try:
        folder = Folder(Path(settings.directory) / "cache" / str(worker))
    except OSError as error:
        raise OSError(f"disk.directory (--dir) cannot be used: {error}") from error
    return Disk(Layers(settings, policy), settings, folder, observe)


class Disk:
    """``observe`` is told the seconds of each read that an answer waited for."""

    def __init__(
        self,
        layers: Layers,
        settings: DiskSettings,
        folder: Folder,
        observe: Callable[[float], None],
    ) -> None:
        self.layers = layers
        self.full = False
        """The disk took nothing more, and is left alone for a while."""
        self.indexed = asyncio.Event()
        """Everything that an earlier process left has been looked at."""
        self._settings = settings
        self._folder = folder
        self._observe = observe
        self._loop = asyncio.get_running_loop()
        self._readers = Threads("disk-read", settings.readers, settings.reads_queued_max)
        self._writer = Threads("disk-write", 1, settings.writes_queued_bytes_max)
        self._full_until = 0.0
        self._open: OrderedDict[int, OpenBody] = OrderedDict()
        self._spools: dict[int, _Spooling] = {}
        self._writer.do(folder.clean, self._listed, weight=0)

    def now(self) -> float:
        return self._loop.time()

    async def close(self) -> None:
        """Finish the file at hand; what was not written is lost with the memory it was in."""
        for spooling in self._spools.values():
            self._writer.do(spooling.discard, _ignore, weight=0)
        await self._readers.close()
        await self._writer.close()
        for number in list(self._open):
            self._shut(number)
        self._folder.close()

    # What the layers order.

    def perform(self, orders: Iterable[Order]) -> None:
        for order in orders:
            match order:
                case Save():
                    self._save(order)
                case Spool():
                    self._begin_spool(order)
                case Drop():
                    self._drop(order.numbers)

    def _save(self, save: Save) -> None:
        draft = self._draft(save, sum(map(len, save.body)))
        if self._takes(draft.length):
            work = partial(write, self._folder, draft, save.body)
            self._writer.do(work, partial(self._written, save.number), draft.length)
        else:
            self._refuse(save.number)

    def _begin_spool(self, spool: Spool) -> None:
        spooling = _Spooling(self._folder, self._draft(spool, spool.length))
        self._spools[spool.fetch] = spooling
        self.data(spool.fetch, spool.body)

    def _drop(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._shut(number)
        for fetch, spooling in list(self._spools.items()):
            if spooling.number in numbers:
                del self._spools[fetch]
                self._writer.do(spooling.discard, _ignore, weight=0)
        self._writer.do(partial(self._remove, tuple(numbers)), self._removed, weight=0)

    def _draft(self, order: Save | Spool, length: int) -> Draft:
        wall_s, ahead_s = _wall_s(), self._ahead_s()
        born_s, expires_s = order.born + ahead_s, order.expires + ahead_s
        record = Record(order.key, order.head, born_s, expires_s, wall_s)
        return Draft(order.number, record, length, self._settings.block_bytes)

    # Bodies written while they pass; nothing happens for fetches that are not, or no longer, spooled.

    def spools(self, fetch: int) -> bool:
        return fetch in self._spools

    def data(self, fetch: int, pieces: Sequence[bytes]) -> None:
        """Some more of a spooled body; a disk that does not keep up loses the object, not the viewer."""
        spooling = self._spools.get(fetch)
        if spooling is None:
            return
        size = sum(map(len, pieces))
        if self._takes(size):
            work = partial(spooling.add, pieces)
            self._writer.do(work, partial(self._spooled, fetch, spooling), size)
        else:
            self.give_up(fetch)

    def ended(self, fetch: int) -> None:
        spooling = self._spools.pop(fetch, None)
        if spooling is not None:
            self._writer.do(spooling.finish, partial(self._written, spooling.number), weight=0)

    def give_up(self, fetch: int) -> None:
        """The fetch, or the disk, has failed."""
        spooling = self._spools.pop(fetch, None)
        if spooling is not None:
            self._writer.do(spooling.discard, _ignore, weight=0)
            self._refuse(spooling.number)

    def _spooled(self, fetch: int, spooling: "_Spooling", error: Exception | None) -> None:
        if error is not None:
            if self._spools.get(fetch) is spooling:
                del self._spools[fetch]
            self._written(spooling.number, error)

    # What is read.

    def hot(self, place: Place, at: int, size: int) -> "OpenBody | None":
        """The object's file, when these bytes of it can be sent at once."""
        body = self._open.get(place.number)
        if body is None or not self.layers.stands(place):
            return None
        self._open.move_to_end(place.number)
        return body if body.ready(at, size) else None

    def open(
        self, place: Place, at: int, size: int, done: Callable[["OpenBody | None"], None]
    ) -> None:
        """The object's file with these bytes ready to be sent; None when it has to come from elsewhere."""

        def over(stored: Stored | None) -> None:
            done(None if stored is None else self._keep_open(place, stored))

        work = partial(self._opened, place, self._known(place), at, size)
        self._read(place, work, over)

    def load(self, place: Place, done: Callable[[Loaded | None], None]) -> None:
        """The object, with its body when that is small; None when it has to come from elsewhere."""

        def over(found: tuple[Stored, Loaded] | None) -> None:
            if found is not None and found[1].place is not None:
                self._keep_open(place, found[0])
            done(None if found is None else found[1])

        work = partial(self._load, place, self._known(place))
        self._read(place, work, over)

    def _read(self, place: Place, work: Callable[[], T], done: Callable[[T | None], None]) -> None:
        if not (self.layers.stands(place) and self._readers.has_room()):
            self.layers.counters.refused += 1
            self._loop.call_soon(done, None)
            return
        begun = self._loop.time()

        def over(result: T | Exception) -> None:
            self._observe(self._loop.time() - begun)
            if isinstance(result, Exception):
                self.lost(place.number, result)
                done(None)
            else:
                done(result)

        self._readers.do(work, over)

    def _opened(self, place: Place, stored: Stored | None, at: int, size: int) -> Stored:
        stored = stored or self._look(place)
        stored.check(at, size)
        return stored

    def _load(self, place: Place, stored: Stored | None) -> tuple[Stored, Loaded]:
        stored = stored or self._look(place)
        record, length = stored.record, stored.length
        born, expires = place.born, place.expires  # whatever became of the wall clock since
        if length <= self._settings.load_bytes_max:
            body = stored.read(0, length)
            return stored, Loaded(record.head, born, expires, length, body)
        stored.check(0, min(length, TURN_BYTES))
        return stored, Loaded(record.head, born, expires, length, b"", place)

    def _look(self, place: Place) -> Stored:
        stored = Stored(self._folder.open(place.number), place.number)
        if stored.record.key != place.key or stored.length != place.length:
            raise DamagedError("the file holds another object")
        return stored

    def _known(self, place: Place) -> Stored | None:
        body = self._open.get(place.number)
        return None if body is None else body.stored

    def _keep_open(self, place: Place, stored: Stored) -> "OpenBody":
        body = OpenBody(self, stored, place)
        if self.layers.stands(place):
            self._shut(place.number)
            self._open[place.number] = place.opened = body
            if len(self._open) > self._settings.open_files_max:
                self._shut(next(iter(self._open)))
        return body

    def _shut(self, number: int) -> None:
        """Those who are sending it go on."""
        body = self._open.pop(number, None)
        if body is not None:
            body.place.opened = None

    def prepare(self, stored: Stored, at: int, size: int, done: Callable[[bool], None]) -> None:
        """Beyond the limit on reads: the reply has begun, and connections are limited."""

        def over(error: Exception | None) -> None:
            if error is not None:
                self.lost(stored.number, error)
            done(error is None)

        self._readers.do(partial(stored.check, at, size), over)

    def read(
        self, stored: Stored, at: int, size: int, done: Callable[[bytes | None], None]
    ) -> None:
        def over(result: bytes | Exception) -> None:
            if isinstance(result, Exception):
                self.lost(stored.number, result)
                done(None)
            else:
                done(result)

        self._readers.do(partial(stored.read, at, size), over)

    def lost(self, number: int, error: Exception) -> None:
        """A file cannot be used; what is on the disk under its number goes too."""
        counters = self.layers.counters
        counters.damaged += isinstance(error, DamagedError)
        counters.errors += not isinstance(error, DamagedError)
        _LOG.warning("a cached object is lost: file %016x: %s", number, error)
        self.perform(self.layers.failed(number))

    # What becomes of it.

    def _takes(self, size: int) -> bool:
        self.full = self._loop.time() < self._full_until
        return not self.full and self._writer.has_room(size)

    def _refuse(self, number: int) -> None:
        self.layers.counters.refused += 1
        self.perform(self.layers.failed(number))

    def _written(self, number: int, error: Exception | None) -> None:
        if error is None:
            self.layers.saved(number)
            return
        self.layers.counters.errors += 1
        self.perform(self.layers.failed(number))
        if isinstance(error, OSError) and error.errno in FULL:
            self._full_until = self._loop.time() + self._settings.full_s
            self.full = True
        _LOG.warning("an object was not written to %s: %s", self._folder.path, error)

    def _remove(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._folder.remove(number)

    def _removed(self, error: Exception | None) -> None:
        if error is not None:
            self.layers.counters.errors += 1
            _LOG.warning("an object was not removed from %s: %s", self._folder.path, error)

    # What an earlier process left.

    def _listed(self, numbers: list[int] | Exception) -> None:
        if isinstance(numbers, Exception):
            self.layers.counters.errors += 1
            _LOG.warning("%s cannot be read, nothing is kept there: %s", self._folder.path, numbers)
            self.indexed.set()
            return
        self.layers.opened(numbers[-1] + 1 if numbers else 1)
        self._index(numbers, 0)

    def _index(self, numbers: list[int], at: int) -> None:
        """Batch by batch: what has been looked at is used meanwhile."""
        batch = numbers[at : at + _BATCH]
        if batch:
            work = partial(self._glimpse, batch, _wall_s() + _CLOCKS_S, self._ahead_s())
            self._readers.do(work, partial(self._indexed, numbers, at + _BATCH))
        else:
            self.indexed.set()

    def _glimpse(
        self, numbers: Sequence[int], latest_s: float, ahead_s: float
    ) -> tuple[list[Found], list[int]]:
        found, bad = [], []
        for number in numbers:
            try:
                record, length = glimpse(self._folder, number)
            except (DamagedError, OSError) as error:
                _LOG.warning("a cached object is lost: file %016x: %s", number, error)
                bad.append(number)
                continue
            if record.saved_s > latest_s:
                bad.append(number)
                continue
            born, expires = record.born_s - ahead_s, record.expires_s - ahead_s
            found.append(Found(number, record.key, length, len(record.head), born, expires))
        return found, bad

    def _indexed(
        self, numbers: list[int], at: int, result: tuple[list[Found], list[int]] | Exception
    ) -> None:
        if isinstance(result, Exception):
            raise result
        found, bad = result
        self.layers.counters.damaged += len(bad)
        self.perform([*self.layers.found(found), *([Drop(tuple(bad))] if bad else [])])
        self._index(numbers, at)

    def _ahead_s(self) -> float:
        """How far the wall clock is ahead of the loop's."""
        return _wall_s() - self._loop.time()


class OpenBody:
    """A file as ``runtime.http.sendfile`` sends it."""

    __slots__ = ("_disk", "_first", "fd", "offset", "place", "stored")

    def __init__(self, disk: Disk, stored: Stored, place: Place) -> None:
        self._disk = disk
        self._first = min(stored.length, TURN_BYTES)
        self.stored = stored
        self.place = place
        self.fd = stored.fd
        self.offset = stored.offset

    def __len__(self) -> int:
        return self.stored.length

    def hot(self) -> bool:
        return self.ready(0, self._first)

    @property
    def record(self) -> Record:
        return self.stored.record

    def ready(self, at: int, size: int) -> bool:
        try:
            return self.stored.ready(at, size, self._disk.now())
        except OSError:
            return False  # the reading thread meets the same error, and tells of it

    def prepare(self, at: int, size: int, done: Callable[[bool], None]) -> None:
        self._disk.prepare(self.stored, at, size, done)

    def read(self, at: int, size: int, done: Callable[[bytes | None], None]) -> None:
        self._disk.read(self.stored, at, size, done)


class _Spooling:
    """A file whose pieces come one after another; all but ``number`` belongs to the writing thread."""

    def __init__(self, folder: Folder, draft: Draft) -> None:
        self.number = draft.number
        self._folder = folder
        self._draft = draft
        self._writing: Writing | None = None
        self._over = False

    def add(self, pieces: Sequence[bytes]) -> None:
        if self._over:
            return
        try:
            self._writing = self._writing or Writing(self._folder, self._draft)
            self._writing.add(pieces)
        except OSError:
            self._over = True
            raise

    def finish(self) -> None:
        if self._over or self._writing is None:
            raise CutShortError("the object was given up before its end")
        self._over = True
        self._writing.finish()

    def discard(self) -> None:
        if not self._over and self._writing is not None:
            self._writing.discard()
        self._over = True


def _wall_s() -> float:
    return clock.wall_ms() / 1000


def _ignore(_: object) -> None:
    """Whatever becomes of it, nothing depends on it."""
