"""The last lines of each channel's chat, of all platforms together, in the order in which they came."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from manycast.model.destinations import Platform
from manycast.platforms.values import ChatLine, ChatRemoved, ChatTrouble
from manycast.std.words import plain


CHANNELS_MAX = 1000
"""Whose chats are kept; the one that was silent for longest is forgotten first."""
TEXT_CHARACTERS_MAX = 1000
"""Of a line: twice what any platform lets people write."""
NAME_CHARACTERS_MAX = 100
"""Of who says it, and of what was given with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Numbers grow, also over the channels of one process."""

    number: int
    line: ChatLine
    removed: bool = False
    """Moderators took it away there: it is still shown to operators, as such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatChange:
    """Told to those who watch."""

    channel: str
    entry: Entry | None = None
    """New."""
    removed: tuple[int, ...] = ()
    """Numbers of lines that moderators took away."""
    trouble: ChatTrouble | None = None


Told = Callable[[ChatChange], None]


def _nobody(_: ChatChange) -> None:
    return None


class Chats:
    """On the thread of one loop."""

    def __init__(self, lines_max: int) -> None:
        self.told: Told = _nobody
        """Hears each change as it happens."""
        self._lines_max = lines_max
        self._number = 0
        self._lines: dict[str, deque[Entry]] = {}
        self._troubles: dict[tuple[str, Platform], str] = {}

    def lines(self, channel: str) -> list[Entry]:
        """Oldest first."""
        return list(self._lines.get(channel, ()))

    def troubles(self, channel: str) -> dict[Platform, str]:
        """Whose chat is not heard just now, and why."""
        return {name: why for (of, name), why in self._troubles.items() if of == channel}

    def hear(self, channel: str, heard: ChatLine | ChatRemoved | ChatTrouble) -> None:
        match heard:
            case ChatLine():
                self._add(channel, heard)
            case ChatRemoved():
                self._remove(channel, heard)
            case ChatTrouble():
                self._trouble(channel, heard)

    def left(self, channel: str, platform: Platform) -> None:
        """Nobody listens there any more; the lines stay for who comes later."""
        self._troubles.pop((channel, platform), None)

    def _add(self, channel: str, line: ChatLine) -> None:
        lines = self._lines.pop(channel, None)
        if lines is None:
            lines = deque[Entry](maxlen=self._lines_max)
            if len(self._lines) >= CHANNELS_MAX:
                del self._lines[next(iter(self._lines))]
        self._lines[channel] = lines
        # Platforms send a line again when they are not sure that it came.
        if any((one.line.platform, one.line.id) == (line.platform, line.id) for one in lines):
            return
        self._number += 1
        entry = Entry(number=self._number, line=_plain(line))
        lines.append(entry)
        self.told(ChatChange(channel=channel, entry=entry))

    def _remove(self, channel: str, gone: ChatRemoved) -> None:
        lines = self._lines.get(channel, deque[Entry]())
        removed = []
        for place, one in enumerate(lines):
            if not one.removed and _meant(gone, one.line):
                lines[place] = Entry(number=one.number, line=one.line, removed=True)
                removed.append(one.number)
        if removed:
            self.told(ChatChange(channel=channel, removed=tuple(removed)))

    def _trouble(self, channel: str, trouble: ChatTrouble) -> None:
        key = (channel, trouble.platform)
        if self._troubles.get(key, "") == trouble.reason:
            return
        self._troubles[key] = trouble.reason
        if not trouble.reason:
            del self._troubles[key]
        self.told(ChatChange(channel=channel, trouble=trouble))


def _plain(line: ChatLine) -> ChatLine:
    """Anybody can write anything: half a character would end every event stream that it is told on."""
    return replace(
        line,
        author=plain(line.author, NAME_CHARACTERS_MAX),
        text=plain(line.text, TEXT_CHARACTERS_MAX),
        reply_to=plain(line.reply_to, NAME_CHARACTERS_MAX),
        paid=plain(line.paid, NAME_CHARACTERS_MAX),
    )


def _meant(gone: ChatRemoved, line: ChatLine) -> bool:
    if line.platform is not gone.platform:
        return False
    if gone.line_id:
        return line.id == gone.line_id
    return gone.author_id in ("", line.author_id)
