"""The journal of purges in a file, so that a node that was away still knows what it has to forget."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from manycast.edge.orders import from_row, row
from manycast.edge.purge import Journal, Purge


_LOG = logging.getLogger(__name__)
_FLOOR, _PARENT = "floor", "parent"


class JournalFile:
    """A line for each purge and for how far each parent's journal was followed.

    A line reaches the kernel before the purge is confirmed, so a crash of this process loses none; after
    a crash of the machine, which may lose the last ones, a torn file makes all that is stored stale.
    """

    def __init__(self, path: Path, sequence: int, purges_max: int) -> None:
        """``sequence`` is where a new journal starts. Raises OSError."""
        self.path = path
        self.parents: dict[str, int] = {}
        """How far each parent's journal was followed."""
        self._lines_max = 2 * purges_max + 1_000
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.journal = self._read(sequence, purges_max)
        self._file = self._rewrite()

    def add(self, purges: Sequence[tuple[int, Purge]]) -> None:
        self._append([row(sequence, purge) for sequence, purge in purges])

    def follow(self, parent: str, sequence: int) -> None:
        self.parents[parent] = sequence
        self._append([[_PARENT, parent, sequence]])

    def close(self) -> None:
        self._file.close()

    def _read(self, sequence: int, purges_max: int) -> Journal:
        journal = Journal(sequence, purges_max)
        try:
            with self.path.open(encoding="ascii") as lines:
                rows = _rows(lines)
                journal = Journal(_floor(next(rows, [])), purges_max)
                for values in rows:
                    self._take(journal, values)
        except FileNotFoundError:
            pass
        except ValueError as error:
            _LOG.warning("%s is damaged (%s): all that is stored is revalidated", self.path, error)
            self.parents.clear()
            journal = Journal(sequence, purges_max)
        return journal

    def _take(self, journal: Journal, values: Sequence[Any]) -> None:
        match values:
            case ["parent", str(parent), int(sequence)]:
                self.parents[parent] = sequence
            case _:
                sequence, purge = from_row(values)
                if sequence <= journal.sequence:
                    raise ValueError(f"{sequence} comes after {journal.sequence}")
                journal.add(purge, sequence)

    def _rewrite(self) -> TextIO:
        """Leave out what later lines made superfluous."""
        journal = self.journal
        told = journal.after(journal.floor, len(journal)) or []
        rows = [[_FLOOR, journal.floor], *(row(*one) for one in told)]
        rows += [[_PARENT, *one] for one in self.parents.items()]
        fresh = self.path.with_suffix(".new")
        fresh.write_text("".join(f"{json.dumps(values)}\n" for values in rows), encoding="ascii")
        fresh.replace(self.path)
        self._lines = len(rows)
        return self.path.open("a", encoding="ascii")

    def _append(self, rows: list[list[Any]]) -> None:
        try:
            self._file.write("".join(f"{json.dumps(values)}\n" for values in rows))
            self._file.flush()
            self._lines += len(rows)
            if self._lines > self._lines_max:
                self._file.close()
                self._file = self._rewrite()
        except (OSError, ValueError) as error:
            _LOG.error("purges are not kept: %s: %s", self.path, error)
            with suppress(OSError):  # a journal with a hole must not be believed at the next start
                self.path.unlink()


def _rows(lines: TextIO) -> Iterator[list[Any]]:
    for line in lines:
        if not line.endswith("\n"):
            raise ValueError("its last line is torn")
        yield json.loads(line)


def _floor(values: Sequence[Any]) -> int:
    match values:
        case ["floor", int(floor)]:
            return floor
        case _:
            raise ValueError("its first line names no floor")
