"""What the figures of a publisher mean to a person, without flickering."""

from collections.abc import Iterator
from dataclasses import dataclass

from manycast.model.fleet import Condition
from manycast.origin.ingest import WINDOW_MS, IngestFigures


WORSE_MS = 1000
"""Trouble is shown when it has lasted this long."""
BETTER_MS = 5000
"""And is shown for this long after its end: who looks up sees what it was."""
SILENT_MS = 1500
"""Without a picture; the stream's own slate comes a little before."""
SLOW, TOO_SLOW = 0.9, 0.6
"""Share of the pictures that arrive in time."""
SLIPPED_MS, SLIPPED_FAR_MS = 400, 2000
"""Of time lost in ten seconds: 4 % and 20 % too slow."""
DROPPED, DROPPED_MANY = 0.01, 0.05
"""Share of the pictures that the encoder left out."""

_ORDER = {Condition.GOOD: 0, Condition.UNSTEADY: 1, Condition.BAD: 2}


@dataclass(frozen=True, slots=True)
class Finding:
    condition: Condition
    reason: str


def findings(figures: IngestFigures, keyframe_ms_max: int) -> list[Finding]:
    """Everything that is not well, the worst first."""
    found = [*_flow(figures), *_encoder(figures, keyframe_ms_max)]
    return sorted(found, key=lambda one: -_ORDER[one.condition])


def _flow(figures: IngestFigures) -> Iterator[Finding]:
    """What comes too slowly is said once, in the way that tells most."""
    stated = figures.stated_rate
    arriving = figures.frame_rate / stated if stated else 1.0
    slipped_s = figures.slipped_ms / 1000
    if figures.silent_ms > SILENT_MS:
        yield Finding(
            Condition.BAD,
            f"No picture has come for {figures.silent_ms / 1000:.0f} s: look at the encoder and its network.",
        )
    elif figures.age_ms > WINDOW_MS + WORSE_MS and arriving < SLOW and slipped_s > 0.1:
        yield Finding(
            Condition.BAD if arriving < TOO_SLOW else Condition.UNSTEADY,
            f"Only {figures.frame_rate:.0f} of {stated:.0f} pictures arrive each second:"
            " the encoder or its network is too slow; lower the bitrate or the picture size.",
        )
    elif figures.slipped_ms > SLIPPED_MS:
        yield Finding(
            Condition.BAD if figures.slipped_ms > SLIPPED_FAR_MS else Condition.UNSTEADY,
            f"The stream has fallen {slipped_s:.1f} s behind: the network carries less than the encoder"
            " makes; lower the bitrate.",
        )


def _encoder(figures: IngestFigures, keyframe_ms_max: int) -> Iterator[Finding]:
    if figures.dropped_share > DROPPED:
        yield Finding(
            Condition.BAD if figures.dropped_share > DROPPED_MANY else Condition.UNSTEADY,
            f"{figures.dropped_share:.0%} of the pictures are missing: the encoder leaves them out when its"
            " computer or network is too slow; lower the bitrate or the frame rate.",
        )
    interval_ms = figures.keyframe_interval_ms or 0
    if interval_ms > keyframe_ms_max:
        yield Finding(
            Condition.UNSTEADY,
            f"Keyframes come every {interval_ms / 1000:.0f} s: set the encoder's keyframe interval to 2 s.",
        )


class Verdict:
    """Follows findings over time; what it says changes no sooner than it is sure of it."""

    def __init__(self) -> None:
        self.condition = Condition.GOOD
        self.reasons: tuple[str, ...] = ()
        self._since_ms: int | None = None
        """Since when the findings have been all worse, or all better, than what is said."""
        self._next: list[Finding] = []
        """Of those the least that is certain: the mildest on the way down, the worst on the way up."""

    def follow(self, found: list[Finding], now_ms: int) -> None:
        raw, said = _rank(found), _ORDER[self.condition]
        if raw == said:
            self._since_ms = None
            self._say(found)
            return
        worse = raw > said
        if self._since_ms is None or worse is not (_rank(self._next) > said):
            self._since_ms, self._next = now_ms, found
        elif (raw <= _rank(self._next)) is worse:
            self._next = found
        if now_ms - self._since_ms >= (WORSE_MS if worse else BETTER_MS):
            self._since_ms = None
            self._say(self._next)

    def _say(self, found: list[Finding]) -> None:
        self.condition = found[0].condition if found else Condition.GOOD
        self.reasons = tuple(one.reason for one in found)


def _rank(found: list[Finding]) -> int:
    return max((_ORDER[one.condition] for one in found), default=0)
