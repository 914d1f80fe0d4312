"""How the origin cuts, holds and bridges a live stream."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OriginSettings:
    """Milliseconds unless the name says otherwise."""

    streams_max: int = 50
    """Streams on the air at once in one process."""
    tracks_max: int = 10
    """Video tracks of one publisher, and renditions made of them, track 0 included: OBS sends ten at most."""
    part_target_ms: int = 334
    """Longest part: ten frames at 30 fps, 29.97 rounding included. 200 to 1000."""
    segment_ms: int = 2000
    """A segment ends at the first keyframe at or after this; also the keyframe interval platforms ask for."""
    dvr_window_ms: int = 60_000
    """How far back viewers can go. Kept in memory: 60 s at 6 Mbit/s is 45 MB."""
    reconnect_ms: int = 30_000
    """A broadcaster who returns within this time continues the same stream."""
    stall_ms: int = 900
    """Silence from a publisher or encoder before the last keyframe is repeated in its place. With a tick
    and a frame it comes before the 1.2 s after which held requests are told that nothing comes."""
    slate_lag_ms: int = 250
    """How far behind live the repeated picture stays, so that a late encoder can still take over."""
    catch_up_ms: int = 4000
    """How long frames that a stall made late are skipped before the clock is set anew."""
    takeover_ms: int = 3000
    """A publisher silent for this long can be replaced by a second connection with the same key."""
    jump_ms: int = 500
    """A timestamp this much earlier than the one before, or this much further ahead than time has
    passed, is a jump of the publisher's clock, mended at the next keyframe."""
    audio_offset_ms_max: int = 3000
    """Audio further than this from the video belongs to another clock and is left out."""
    audio_lag_ms: int = 1000
    """Audio this far behind video is taken as gone and replaced by silence until it returns."""
    audio_jitter_ms: int = 60
    """Audio timestamps may be off the sample count by this much (rounding, encoder jitter)."""
    ladder_wait_ms: int = 2500
    """How long the multivariant playlist waits for the encoded renditions after the source is there."""
    audio_wait_ms: int = 700
    """How long the start waits for an announced or possible audio track."""
    video_wait_ms: int = 10_000
    """A publisher who sends no playable video for this long is told so and disconnected."""


def check(settings: OriginSettings) -> None:
    """Raise ValueError naming the first setting that cannot work."""
    if not 200 <= settings.part_target_ms <= 1000:
        raise ValueError(f"origin.part_target_ms = {settings.part_target_ms}: use 200 to 1000")
    if not 2 * settings.part_target_ms <= settings.segment_ms <= 6000:
        raise ValueError(f"origin.segment_ms = {settings.segment_ms}: use two parts to 6000")
    if settings.dvr_window_ms < 6 * settings.segment_ms:
        raise ValueError(
            f"origin.dvr_window_ms = {settings.dvr_window_ms}: use at least six segments"
        )
