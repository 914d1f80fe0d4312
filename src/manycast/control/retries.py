"""When to try again what could not be delivered."""

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from random import Random


WAITS_S = (5.0, 30.0, 120.0, 600.0, 1800.0)
"""After the first failures; the last from then on. Short ones bridge a restart, long ones an evening."""
JITTER = 0.2
"""Each wait is up to so much longer: what failed together does not come back together."""
ASKED_S_MAX = 3600.0
"""A receiver that asks for a longer pause is tried again after this."""


def next_try_ms(
    attempts: int, now_ms: int, until_ms: int, rng: "Random", asked_s: float = 0.0
) -> int | None:
    """After so many attempts failed; None: give up. ``asked_s`` is the receiver's Retry-After."""
    wait_s = WAITS_S[min(attempts, len(WAITS_S)) - 1] * (1 + JITTER * rng.random())
    at_ms = now_ms + round(1000 * max(wait_s, min(asked_s, ASKED_S_MAX)))
    return at_ms if at_ms <= until_ms else None
