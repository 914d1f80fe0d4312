"""Wakes those who watch the network: what is the case they read themselves."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from manycast.runtime.platforms.chats import ChatChange


Kind = Literal[
    "channels", "broadcasts", "recordings", "notices", "destinations", "accounts", "listings"
]
LISTENERS_MAX = 500
"""Open event streams; each costs a connection and a look at the network five times a second."""
OF_ONE_MAX = 100
"""Of one person, so that nobody takes the places of all others."""
CHATTED_MAX = 200
"""Changes of chats that wait for one listener: more than a fast one brings between two looks; beyond it the oldest are lost."""
TOUCHED_MAX = 100
"""Changes that wait for one listener; beyond it each kind is told as a whole."""


class Touched(NamedTuple):
    """Something in the books that changed; an empty id is any, an empty channel is none."""

    kind: Kind
    id: str = ""
    channel: str = ""


@dataclass(eq=False, slots=True)
class Listener:
    """One who watches; ``open`` ends when it should go, and come again if it may."""

    user_id: str
    credential_id: str
    open: bool = True
    _touched: dict[Touched, None] = field(default_factory=dict)
    _chatted: deque[ChatChange] = field(default_factory=lambda: deque(maxlen=CHATTED_MAX))
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    async def news(self, wait_s: float) -> list[Touched]:
        """What was touched since; comes back after ``wait_s`` at the latest."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._woken.wait()
        self._woken.clear()
        touched, self._touched = list(self._touched), {}
        return touched

    def chatted(self) -> list[ChatChange]:
        """What came of chats since, oldest first."""
        chatted = list(self._chatted)
        self._chatted.clear()
        return chatted

    def wake(self) -> None:
        self._woken.set()

    def chat(self, change: ChatChange) -> None:
        self._chatted.append(change)
        self.wake()

    def touch(self, touched: Touched) -> None:
        self._touched[touched] = None
        if len(self._touched) > TOUCHED_MAX:
            self._touched = {Touched(one.kind): None for one in self._touched}
        self.wake()

    def dismiss(self) -> None:
        self.open = False
        self.wake()


class Hub:
    """On the thread of one loop, except ``touch`` and ``dismiss``, which any thread may call."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def full(self, user_id: str) -> bool:
        """Whether there is no place left, or none for this person."""
        own = sum(one.user_id == user_id for one in self.listeners)
        return own >= OF_ONE_MAX or len(self.listeners) >= LISTENERS_MAX

    @contextlib.contextmanager
    def listen(self, user_id: str, credential_id: str) -> Iterator[Listener]:
        self._loop = asyncio.get_running_loop()
        listener = Listener(user_id, credential_id, open=not self._closed)
        self.listeners.add(listener)
        try:
            yield listener
        finally:
            self.listeners.discard(listener)

    def wake(self) -> None:
        """The network has changed."""
        for listener in self.listeners:
            listener.wake()

    def chat(self, change: ChatChange) -> None:
        """Somebody said something on a platform; on the loop's thread."""
        for listener in self.listeners:
            listener.chat(change)

    def touch(self, kind: Kind, identity: str = "", channel: str = "") -> None:
        """Something in the books has changed and is committed; ``channel`` is a name."""
        self._on_loop(lambda one: one.touch(Touched(kind, identity, channel)))

    def dismiss(self, *, user_id: str = "", credential_id: str = "") -> None:
        """Part with those whose rights changed, or whose session or API key is over: they come again if they may."""

        def part(one: Listener) -> None:
            if one.user_id == user_id != "" or one.credential_id == credential_id != "":
                one.dismiss()

        self._on_loop(part)

    def close(self) -> None:
        """Part with everybody, also with those who come later."""
        self._closed = True
        for listener in self.listeners:
            listener.dismiss()

    def _on_loop(self, change: Callable[[Listener], None]) -> None:
        def each() -> None:
            for listener in self.listeners:
                change(listener)

        loop = self._loop
        if loop is not None:  # otherwise nobody has listened yet
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(each)
