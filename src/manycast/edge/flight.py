"""One fetch under way and those who wait for it."""

from manycast.cache.freshness import Freshness
from manycast.edge.commands import Answered, Ask, Waiter
from manycast.edge.target import Target


class Flight:
    def __init__(self, number: int, target: Target, *, alone: bool, now: float) -> None:
        self.number = number
        self.target = target
        self.alone = alone
        """For one viewer: its reply is neither joined nor stored."""
        self.ahead = False
        """Started before anybody asked."""
        self.started = now
        self.purges_seen = 0
        """Sequence of the journal of purges when it started."""
        self.waiters: dict[Waiter, Ask] = {}
        self.answered: Answered | None = None
        self.freshness = Freshness(storable=False, lifetime_s=0, age_s=0)
        self.fields: list[tuple[bytes, bytes]] = []
        self.born = now
        self.expires = now
        self.chunks: list[bytes] = []
        self.size = 0
        self.keeping = True
        """The chunks hold the whole body so far."""
        self.streaming = False

    def joinable(self, now: float) -> bool:
        """Whether a request that comes now may get this reply as well."""
        return self.answered is None or (self.keeping and self.storable and now < self.expires)

    @property
    def storable(self) -> bool:
        """A body that only its connection's end delimits is not: it may have been cut."""
        answered = self.answered
        return (
            not self.alone and answered is not None and answered.framed and self.freshness.reusable
        )

    def answer(self, answered: Answered, freshness: Freshness, now: float) -> None:
        """Take the head of the reply; its age counts from when it was asked for.

        Not so for a held reply, which the origin makes at the end of the wait: there the age would
        be the wait's, and players compute their delay from it.
        """
        self.answered = answered
        self.freshness = freshness
        waited = 0.0 if self.target.held else now - self.started
        self.born = now - freshness.age_s - waited
        self.expires = self.born + freshness.lifetime_s

    def keep(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.keeping:
            self.chunks.append(piece)

    def release(self) -> None:
        """Stop holding the body: from here on it only passes through."""
        self.keeping = False
        self.chunks = []

    @property
    def whole(self) -> bool:
        """Whether the chunks are the complete body, to the byte that was announced."""
        return (
            self.keeping and self.answered is not None and self.answered.length in {None, self.size}
        )
