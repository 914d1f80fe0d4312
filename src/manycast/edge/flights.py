"""The fetches under way: by number, by what they are for, by who waits."""

from collections.abc import Iterable

from manycast.edge.commands import Ask, Waiter
from manycast.edge.flight import Flight
from manycast.edge.status import Why
from manycast.edge.target import Target


class Flights:
    def __init__(self) -> None:
        self.by_number: dict[int, Flight] = {}
        self.by_key: dict[bytes, Flight] = {}
        """Those that may be joined."""
        self.waiting: dict[Waiter, Flight] = {}
        self.gathering: dict[int, float] = {}
        """When to stop waiting for the rest of a body and stream it; the first began first."""
        self.ahead = 0
        self.held = 0
        self._number = 0
        self._by_url: dict[bytes, set[int]] = {}

    def take_off(self, target: Target, key: bytes, ask: Ask | None, why: Why, now: float) -> Flight:
        self._number += 1
        flight = Flight(self._number, target, key, ask, why, now)
        self.by_number[flight.number] = flight
        self._by_url.setdefault(target.key, set()).add(flight.number)
        self.held += target.held
        return flight

    def board(self, flight: Flight, waiters: dict[Waiter, Ask]) -> None:
        flight.waiters.update(waiters)
        self.waiting.update(dict.fromkeys(waiters, flight))

    def leave(self, flight: Flight, waiter: Waiter) -> None:
        del flight.waiters[waiter]
        del self.waiting[waiter]
        if flight.leader == waiter:
            flight.leader = None

    def enlist(self, flight: Flight, key: bytes) -> None:
        """Let others join under a key, which may have become more precise."""
        self.unlist(flight)
        flight.key = key
        self.by_key.setdefault(key, flight)

    def unlist(self, flight: Flight) -> None:
        if self.by_key.get(flight.key) is flight:
            del self.by_key[flight.key]

    def forget(self, flight: Flight) -> None:
        del self.by_number[flight.number]
        numbers = self._by_url[flight.target.key]
        numbers.discard(flight.number)
        if not numbers:
            del self._by_url[flight.target.key]
        self.unlist(flight)
        self.gathering.pop(flight.number, None)
        self.ahead -= flight.ahead
        self.held -= flight.target.held
        for waiter in flight.waiters:
            del self.waiting[waiter]

    def begin_again(self, number: int) -> bool:
        """Forget what came of a fetch; False when some of that has gone out."""
        flight = self.by_number.get(number)
        if flight is None or flight.streaming or flight.over:
            return False
        self.gathering.pop(number, None)
        flight.begin_again()
        return True

    def of(self, primary: bytes) -> Iterable[Flight]:
        """All that fetch something of a URL."""
        return [self.by_number[number] for number in self._by_url.get(primary, ())]
