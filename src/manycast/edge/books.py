"""What the parts of the engine know in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from manycast.edge.commands import Attach, Command, Say, Waiter
from manycast.edge.copies import Copies
from manycast.edge.counters import Counters
from manycast.edge.flights import Flights
from manycast.edge.purge import Journal
from manycast.edge.store import Store
from manycast.settings.cache import CacheSettings
from manycast.settings.edge import EdgeSettings


Owner = Callable[[bytes], int | None]
"""The worker of this node that keeps a key; None for this one."""


@dataclass(slots=True)
class Books:
    settings: EdgeSettings
    rules: CacheSettings
    node: bytes
    store: Store
    purges: Journal
    owner: Owner
    copies: Copies = field(init=False)
    counters: Counters = field(default_factory=Counters)
    flights: Flights = field(default_factory=Flights)
    apart: dict[bytes, float] = field(default_factory=dict)
    """Until when the replies under a key are known to be for one viewer each."""

    def __post_init__(self) -> None:
        room = int(self.settings.memory_bytes * self.settings.copies_share)
        self.copies = Copies(self.store, self.settings.copy_s, room)

    def separate(self, primary: bytes, now: float) -> None:
        if len(self.apart) >= self.settings.apart_max:
            self.apart.clear()
        self.apart[primary] = now + self.settings.apart_s

    def is_apart(self, primary: bytes, now: float) -> bool:
        until = self.apart.get(primary)
        if until is not None and until <= now:
            del self.apart[primary]
        return until is not None and now < until

    def count(self, waiter: Waiter, commands: Sequence[Command]) -> None:
        """Once for each request, by how it began."""
        flight = self.flights.waiting.get(waiter)
        if waiter in self.store.lower:
            return  # not known yet
        if flight is not None and flight.leader == waiter:
            self.counters.forwards += 1
        elif flight is not None or any(isinstance(command, Attach) for command in commands):
            self.counters.joins += 1
        elif any(isinstance(command, Say) for command in commands):
            self.counters.refusals += 1
        else:
            self.counters.hits += 1
