"""Where a worker stands among those it shares a node with."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from manycast.std.rendezvous import Rendezvous


SUPERVISOR = "supervisor"
INNER = "/_manycast/inner"
"""What workers tell each other to do is under it: no viewer's request for it goes beyond the endpoints
of the one that took it, so none reaches an owner like requests for objects do."""


@dataclass(frozen=True, slots=True)
class Place:
    """As the supervisor tells it to a worker, on its command line."""

    number: int
    """From 0; a worker that replaces another has the same."""
    count: int
    node: str
    """Name of the node that all workers are."""
    folder: str
    """Of the UNIX sockets, closed to other users."""
    files: tuple[int, ...]
    """Numbers of the open files that are the listening sockets."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError, TypeError or KeyError for what no supervisor wrote."""
        fields = json.loads(text)
        return cls(**{**fields, "files": tuple(fields["files"])})

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    @property
    def name(self) -> str:
        """By which a worker recognises requests that come round; peers are asked in each other's."""
        return f"{self.node}-{self.number}"

    @property
    def others(self) -> list[int]:
        return [number for number in range(self.count) if number != self.number]

    def path(self, worker: int | str) -> str:
        return str(Path(self.folder) / str(worker))


def ownership(place: Place) -> Callable[[bytes], int | None]:
    """Of a key, the worker that keeps what is stored under it; None when it is the one here."""
    rendezvous = Rendezvous([b"%d" % number for number in range(place.count)])

    def owner(key: bytes) -> int | None:
        number = rendezvous.owner(key)
        return None if number == place.number else number

    return owner
