"""How often the chat may be asked for, so that it never eats what verifying the broadcast needs.

Each connection costs ``chat.CHAT_COST`` units however soon YouTube closes it, and YouTube does not say when it does.
"""

from manycast.platforms.youtube.chat import CHAT_COST
from manycast.platforms.youtube.data import WRITE


SHARE = 0.5
"""Of the units that are left, for the chat,"""
HORIZON_S = 21_600.0
"""spread over this long: most broadcasts are over by then, and a longer one gets half of the rest, and so on."""
EVERY_S_MAX = 600.0
KEPT = 0.5
"""Of a day's units, for going live and verifying: all channels share them, and what one says costs as much as fifty looks."""


def chat_every_s(units_left: int) -> float:
    """Seconds from one connection, or list, to the next."""
    share = SHARE * max(1, units_left)
    return min(EVERY_S_MAX, CHAT_COST * HORIZON_S / share)


def may_say(units_left: int, units_a_day: int) -> bool:
    """Whether there are units for another line in the chat."""
    return units_left - WRITE >= KEPT * units_a_day
