"""Writes to a store and is killed, again and again; run as a process of its own: it forks.

usage: killed_writer.py URL DIR TIMES    URL empty: SQLite in DIR. Prints a line for each change that was acknowledged.
"""

import os
import random
import signal
import sys
from pathlib import Path

from manycast.runtime.store.audit import Actor
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.settings import Setting
from manycast.settings.state import StateSettings


ACKNOWLEDGED_MAX = 12
"""Before the writer is killed, at a moment of the writing that follows."""
ADA = Actor(name="Ada")


def write(settings: StateSettings, folder: Path, life: int, acknowledge: int) -> None:
    """Each change is two rows in two tables, some of several pages; then it says so."""
    store = Store(settings, folder)
    for n in range(1_000_000):
        key = f"{life}.{n}"
        with store.change(ADA, "settings.write", key) as db:
            db.add(Setting(key=key, value={"text": "x" * (n * 977 % 20_000)}, changed_ms=n))
        os.write(acknowledge, f"{key}\n".encode())


def live(settings: StateSettings, folder: Path, life: int, rng: random.Random) -> list[str]:
    """What one writer acknowledged until its death."""
    reads, writes = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.close(reads)
            write(settings, folder, life, writes)
        finally:
            os._exit(1)  # an error stands on standard error; no life acknowledges nothing
    os.close(writes)
    with os.fdopen(reads, "r") as said:
        heard = [said.readline() for _ in range(rng.randint(1, ACKNOWLEDGED_MAX))]
        for _ in range(rng.randint(0, 100_000)):  # somewhere within the next change
            pass
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return [line.strip() for line in [*heard, *said]]


def main() -> None:
    url, folder, times = sys.argv[1:]
    rng = random.Random(7)  # noqa: S311  when to strike, no secret
    for life in range(int(times)):
        acknowledged = live(StateSettings(url=url), Path(folder), life, rng)
        assert all(acknowledged), "the writer ended by itself"
        sys.stdout.write("\n".join([*acknowledged, ""]))


if __name__ == "__main__":
    main()
