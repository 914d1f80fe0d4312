"""What the state costs: changes and reads each second, backup and restore, on SQLite and on PostgreSQL.

PostgreSQL is Debian's, on the same disk and by a local socket, as durable as it comes.
"""

import argparse
import json
import os
import platform
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.postgresql import Server, missing

from manycast.runtime.store.audit import Actor
from manycast.runtime.store.backup import restore, save
from manycast.runtime.store.database import connect
from manycast.runtime.store.ids import new_id
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.settings import Setting
from manycast.settings.state import StateSettings


ADA = Actor(user_id=new_id("usr"), name="Ada", address="192.0.2.1")
Work = Callable[[Store], None]
READY = "ready"
"""The row that is read."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each of the rates")
    parser.add_argument("--rows", type=int, default=100_000, help="in the backup")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {"machine": f"{os.cpu_count()} cores, {platform.machine()}", "sync_ms": synced()}
    with tempfile.TemporaryDirectory() as folder:
        found["sqlite"] = measured(StateSettings(), Path(folder), arguments)
    if not missing():
        with server() as settings, tempfile.TemporaryDirectory() as folder:
            found["postgresql"] = measured(settings, Path(folder), arguments)
    print(json.dumps(found) if arguments.json else json.dumps(found, indent=2))


@contextmanager
def server() -> Iterator[StateSettings]:
    with tempfile.TemporaryDirectory(prefix="manycast-pg-") as folder:
        own = Server(Path(folder), durable=True)
        own.start()
        try:
            yield StateSettings(url=own.fresh())
        finally:
            own.stop("immediate")


def measured(
    settings: StateSettings, folder: Path, arguments: argparse.Namespace
) -> dict[str, object]:
    store = Store(settings, folder)
    with store.record() as db:
        db.add(Setting(key=READY, value={"text": "x" * 200}, changed_ms=1))
    writing: list[Work] = [change]
    reading: list[Work] = [read]
    made: dict[str, object] = {
        "one writer": rates(store, writing, arguments.seconds),
        "eight writers": rates(store, writing * 8, arguments.seconds),
        "one reader": rates(store, reading, arguments.seconds),
        "eight readers": rates(store, reading * 8, arguments.seconds),
        "a writer and a reader": rates(store, [*writing, *reading], arguments.seconds),
    }
    with store.record() as db:
        db.add_all(
            Setting(key=new_id("row"), value={"text": "x" * 200}, changed_ms=n)
            for n in range(arguments.rows)
        )
    made |= copied(store, folder) | {"start_ms": started(settings, folder)}
    store.close()
    return made


def change(store: Store) -> None:
    """As the API does it: one row changed, one written to the audit log."""
    with store.change(ADA, "channel.update", READY, {"title": "One"}) as db:
        row = db.get_one(Setting, READY)
        row.changed_ms += 1


def read(store: Store) -> None:
    with store.read() as db:
        db.get_one(Setting, READY)


def rates(store: Store, works: list[Work], seconds: float) -> dict[str, object]:
    """Each worker in a thread of its own, one after the other as fast as it can."""
    until = time.perf_counter() + seconds
    took: dict[str, list[float]] = {}

    def run(work: Work) -> None:
        mine = took.setdefault(work.__name__, [])
        while (begun := time.perf_counter()) < until:
            work(store)
            mine.append((time.perf_counter() - begun) * 1_000)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        name: {
            "per_s": round(len(times) / seconds),
            "p50_ms": round(times[len(times) // 2], 2),
            "p99_ms": round(times[len(times) * 99 // 100], 2),
        }
        for name, times in ((name, sorted(times)) for name, times in took.items())
    }


def copied(store: Store, folder: Path) -> dict[str, object]:
    """A backup of everything, and what restoring it into an empty SQLite file takes."""
    begun = time.perf_counter()
    rows = save(store.engine, folder / "backup", 1).rows
    saved = time.perf_counter()
    other = connect(StateSettings(), folder / "restored")
    restore(other, folder / "backup")
    other.dispose()
    return {
        "backup": {
            "rows": rows,
            "bytes": (folder / "backup").stat().st_size,
            "save_s": round(saved - begun, 2),
            "restore_s": round(time.perf_counter() - saved, 2),
        }
    }


def started(settings: StateSettings, folder: Path) -> float:
    """Opening what exists: connect, look at the revision, know the key."""
    begun = time.perf_counter()
    Store(settings, folder).close()
    return round((time.perf_counter() - begun) * 1_000, 1)


def synced(times: int = 200) -> float:
    """What the disk needs at least to keep 4 KiB for good: the floor of a commit."""
    with tempfile.TemporaryFile() as file:
        begun = time.perf_counter()
        for _ in range(times):
            file.write(bytes(4_096))
            file.flush()
            os.fdatasync(file.fileno())
    return round((time.perf_counter() - begun) * 1_000 / times, 2)


if __name__ == "__main__":
    main()
