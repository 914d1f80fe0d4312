"""Restores one of two backups over the other, is killed amid it, and looks at what is there; run as a process of its own.

usage: killed_restorer.py URL DIR TIMES FIRST SECOND    URL empty: SQLite in DIR. Prints how often each of both was found whole.
"""

import json
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select, text

from manycast.runtime.store import database
from manycast.runtime.store.backup import restore
from manycast.runtime.store.tables.audit import Audit
from manycast.runtime.store.tables.settings import Setting
from manycast.settings.state import StateSettings


def go_on(settings: StateSettings, folder: Path, files: list[Path], done: int) -> None:
    engine = database.connect(settings, folder)
    while True:
        for file in files:
            restore(engine, file, force=True)
            os.write(done, b".")


def killed(settings: StateSettings, folder: Path, files: list[Path], rng: random.Random) -> None:
    reads, writes = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.close(reads)
            go_on(settings, folder, files, writes)
        finally:
            os._exit(1)
    os.close(writes)
    for _ in range(rng.randint(1, 2)):
        assert os.read(reads, 1), "the restorer ended by itself"
    for _ in range(rng.randint(0, 3_000_000)):  # somewhere within the next one
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reads)


def found(settings: StateSettings, folder: Path) -> str:
    """How many rows there are in both tables; SQLite also says whether its file is sound."""
    engine = database.connect(settings, folder)
    with engine.connect() as db:
        counts = [db.scalar(select(func.count()).select_from(table)) for table in (Setting, Audit)]
        if engine.name == "sqlite":
            assert db.scalar(text("PRAGMA integrity_check")) == "ok"
    engine.dispose()
    return " ".join(map(str, counts))


def main() -> None:
    url, folder, times, *files = sys.argv[1:]
    rng = random.Random(7)  # noqa: S311  when to strike, no secret
    settings, seen = StateSettings(url=url), Counter[str]()
    for _ in range(int(times)):
        killed(settings, Path(folder), [Path(file) for file in files], rng)
        seen[found(settings, Path(folder))] += 1
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
