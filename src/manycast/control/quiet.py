"""Quiet hours, by the clocks on the wall where people sleep."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from manycast.model.notices import Quietly


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Every day from ``begins`` to ``ends``; over midnight when that is earlier, never when they are the same."""

    zone: str
    begins: time
    ends: time
    instead: Quietly

    def until(self, now_ms: int) -> int | None:
        """When the quiet hours end that are now, in milliseconds since 1970; None when there are none now."""
        local = (_EPOCH + timedelta(milliseconds=now_ms)).astimezone(ZoneInfo(self.zone))
        if not self._covers(local.time()):
            return None
        day = local.date() + timedelta(days=local.time() >= self.ends)
        # Where clocks are changed an end may come twice, or be skipped: the later reading is past it in any case.
        ends = (
            datetime.combine(day, self.ends.replace(fold=fold), local.tzinfo) for fold in (0, 1)
        )
        return max((end.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1) for end in ends)

    def _covers(self, clock: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends
