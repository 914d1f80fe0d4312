"""The numbers of one stream's playlists: fixed at its start, because players reject any change."""

from dataclasses import dataclass


MINIMUM_TARGETS_IN_WINDOW = 6
"""Apple's authoring rules ask for six target durations in a live playlist."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Durations that every playlist of a stream shares, in every rendition.

    Raises ValueError for numbers that no playlist may carry.
    """

    part_target_ms: int = 334
    """Longest part. 10 frames at 29.97 or 30 per second last 333.67 or 333.33 ms."""
    target_duration_s: int = 2
    """Longest segment, rounded to the nearest second."""
    window_ms: int = 60_000
    """How far back a viewer can seek: complete segments beyond it leave the playlist."""

    def __post_init__(self) -> None:
        if self.target_duration_s < 1:
            raise ValueError(f"target duration {self.target_duration_s} s: use 1 s or more")
        if not 0 < self.part_target_ms <= self.target_duration_ms:
            raise ValueError(
                f"part target {self.part_target_ms} ms: use 1 ms to the target duration ({self.target_duration_s} s)"
            )
        if self.window_ms < MINIMUM_TARGETS_IN_WINDOW * self.target_duration_ms:
            raise ValueError(
                f"window {self.window_ms} ms: use {MINIMUM_TARGETS_IN_WINDOW} target durations or more"
            )

    @property
    def target_duration_ms(self) -> int:
        return 1000 * self.target_duration_s

    @property
    def segment_ms_max(self) -> int:
        """Exclusive: a segment of this length would round to more than the target duration."""
        return self.target_duration_ms + 500

    @property
    def part_hold_back_ms(self) -> int:
        """Distance from the live edge in low-latency mode: Apple requires three part targets."""
        return 3 * self.part_target_ms

    @property
    def hold_back_ms(self) -> int:
        """Distance from the live edge for players that load whole segments."""
        return 3 * self.target_duration_ms

    @property
    def skip_until_ms(self) -> int:
        """The Skip Boundary: a delta update never skips anything nearer to the end."""
        return 6 * self.target_duration_ms

    @property
    def parts_listed_ms(self) -> int:
        """Parts further than this from the end leave the playlist."""
        return 3 * self.target_duration_ms

    @property
    def removed_kept_ms(self) -> int:
        """Extra life of a removed segment: shared caches may answer with a playlist this old."""
        return 6 * self.target_duration_ms

    @property
    def advance_part_limit(self) -> int:
        """How many parts ahead of the live edge a viewer may ask for."""
        return -(-3000 // self.part_target_ms) if self.part_target_ms < 1000 else 3
