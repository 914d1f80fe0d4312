"""What is known of one account at YouTube; all of it can be found again by asking."""

import asyncio
from dataclasses import dataclass, field

from manycast.platforms.values import Listing
from manycast.platforms.youtube.broadcasts import OPEN, Broadcast


@dataclass
class Known:
    """Of the thread of one loop."""

    stream_id: str = ""
    broadcast: Broadcast | None = None
    """As it was when it was looked at last."""
    listing: Listing | None = None
    """What it is to have,"""
    described: Listing | None = None
    """and what the broadcast has."""
    away: bool = False
    """Media stayed away since the broadcast was live."""
    active_ms: int = 0
    """Since when media arrives that is not shown; 0: it does not."""
    nudges: int = 0
    note: str = ""
    """Why the broadcast could not be told to begin, for people."""
    met: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while there is a broadcast."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One broadcast is made at a time,"""
    making: asyncio.Lock = field(default_factory=asyncio.Lock)
    """and one stream."""

    @property
    def over(self) -> bool:
        """Whether the broadcast of this time on the air was ended there."""
        return self.broadcast is not None and self.broadcast.life not in OPEN

    def meet(self, broadcast: Broadcast) -> None:
        if self.broadcast is None or self.broadcast.id != broadcast.id:
            self._begin_anew()
        self.broadcast = broadcast
        self.met.set()

    def part(self) -> None:
        """There is no broadcast any more."""
        self.broadcast = None
        self._begin_anew()
        self.met.clear()

    def _begin_anew(self) -> None:
        self.away, self.active_ms, self.nudges, self.note = False, 0, 0, ""
        self.described = None
