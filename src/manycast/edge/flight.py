"""One fetch under way and those who wait for it."""

from typing import TYPE_CHECKING

from manycast.cache.freshness import Freshness, stored_fields
from manycast.edge.commands import Answered, Ask, Waiter
from manycast.edge.status import Why
from manycast.edge.target import Target


if TYPE_CHECKING:
    from manycast.edge.entry import Entry
    from manycast.std.http1 import Headers


_NOTHING = Freshness(storable=False, lifetime_s=0, age_s=0)


class Flight:
    spooled = False
    """It is written to the disk while it passes."""
    copied = False
    """Wanted so often that it is kept for a moment, although another worker owns it."""

    def __init__(
        self, number: int, target: Target, key: bytes, ask: Ask | None, why: Why, now: float
    ) -> None:
        self.number = number
        self.target = target
        self.key = key
        """Of the store: of the variant, slice or whole object that it is for."""
        self.ask = ask
        """The request whose fields it carries; None for what nobody has asked for yet."""
        self.why = why
        self.leader: Waiter | None = None
        """Who gets the reply even when nobody else may."""
        self.alone = False
        """Nobody may join."""
        self.personal = False
        """Its reply is for its leader only, and not stored."""
        self.ahead = False
        """Started before anybody asked."""
        self.entry: Entry | None = None
        """The stale reply that it may renew."""
        self.slice: int | None = None
        """Number of the slice that it is for; below zero for the last one of an unknown length."""
        self.conditional = False
        self.peer: int | None = None
        self.started = now
        self.purges_seen = 0
        """Sequence of the journal of purges when it started."""
        self.outdated = False
        """The object was changed through this node since it started."""
        self.over = False
        """Its head said it all; only its end is still to come."""
        self.fields_upstream: Headers = ()
        self.waiters: dict[Waiter, Ask] = {}
        self.answered: Answered | None = None
        self.freshness = _NOTHING
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
        if self.alone or self.personal or self.outdated or self.over:
            return False
        return self.answered is None or (self.keeping and self.storable and now < self.expires)

    @property
    def shareable(self) -> bool:
        """Those who asked before the reply came may all have it."""
        return not self.personal and self.freshness.storable

    @property
    def storable(self) -> bool:
        """A body that only its connection's end delimits is not: it may have been cut."""
        return self.shareable and self.answered is not None and self.answered.framed

    @property
    def kept(self) -> bool:
        """Another worker's object is kept there; live media is wanted too often for the way to it."""
        here = self.peer is None or self.copied or bool(self.target.rendition)
        return self.storable and not self.outdated and here

    @property
    def fields_for_all(self) -> "Headers":
        """Of the reply, for those who joined: a cookie that came unasked, as with an error, is the leader's."""
        kept = stored_fields(tuple(self.fields), self.freshness)
        if self.freshness.storable:
            return kept
        return tuple(pair for pair in kept if pair[0] != b"set-cookie")

    def answer(self, answered: Answered, freshness: Freshness, now: float) -> None:
        """Take the head of the reply; its age was counted up to now.

        That of a live reply which the origin need not hold counts from when it was asked for. A held one
        is made at the end of the wait: there the age would be the wait's, and players compute their
        delay from it.
        """
        self.answered = answered
        self.freshness = freshness
        waited = now - self.started if self.target.live and not self.target.held else 0.0
        self.born = now - freshness.age_s - waited
        lifetime = 0.0 if freshness.always_revalidate else freshness.lifetime_s
        self.expires = self.born + lifetime

    def begin_again(self) -> None:
        """Forget a reply that broke off before any of it had gone out."""
        self.answered = None
        self.freshness = _NOTHING
        self.fields = []
        self.chunks = []
        self.size = 0

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
