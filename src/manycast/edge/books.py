"""What the parts of the engine know in common."""

from collections.abc import Callable
from dataclasses import dataclass, field

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
    counters: Counters = field(default_factory=Counters)
    flights: Flights = field(default_factory=Flights)
    apart: dict[bytes, float] = field(default_factory=dict)
    """Until when the replies under a key are known to be for one viewer each."""

    def separate(self, primary: bytes, now: float) -> None:
        if len(self.apart) >= self.settings.apart_max:
            self.apart.clear()
        self.apart[primary] = now + self.settings.apart_s

    def is_apart(self, primary: bytes, now: float) -> bool:
        until = self.apart.get(primary)
        if until is not None and until <= now:
            del self.apart[primary]
        return until is not None and now < until
