"""Which renditions are made of a stream, and what they may cost."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RungTarget:
    """One size the ladder may offer."""

    name: str
    """Rendition name, as in URLs."""
    short_side: int
    """Pixels of the shorter side: the height of a landscape picture, the width of a portrait one."""
    bitrate_bps: int
    """Video bits per second at up to 30 frames per second; half as much again above."""
    frame_rate_max: float
    """Frames per second; faster sources lose every second (third, ...) frame. Small pictures are
    watched on slow links, where 60 frames per second cost bits that sharpness needs."""


@dataclass(frozen=True, slots=True)
class LadderSettings:
    """What the ladder may be made of."""

    targets: tuple[RungTarget, ...] = (
        RungTarget("2160p", 2160, 16_000_000, 60),
        RungTarget("1440p", 1440, 9_000_000, 60),
        RungTarget("1080p", 1080, 5_000_000, 60),
        RungTarget("720p", 720, 2_800_000, 60),
        RungTarget("480p", 480, 1_200_000, 30),
        RungTarget("360p", 360, 700_000, 30),
    )
    """Sizes offered, each only when the source is not smaller."""
    presets: tuple[str, ...] = ("veryfast", "superfast", "ultrafast")
    """x264 presets, best picture first; a faster one is taken before a rung is left out. Slower ones
    than veryfast gain little at zero latency."""
    machine_share: float = 0.6
    """Share of the machine's cores that all ladders together may use; the rest serves viewers, takes
    the publisher in and absorbs pictures that are harder than the measured ones."""
    keyframe_interval_ms_max: int = 4000
    """Milliseconds; a source with keyframes further apart is encoded again when the machine can, since
    segments begin at keyframes and four seconds is the longest that live viewers should wait for one."""
    forced_keyframe_ms: int = 2000
    """Milliseconds between keyframes where the source's are too far apart; one segment."""
    hardware: tuple[str, ...] = ("h264_nvenc", "h264_qsv", "h264_vaapi")
    """Hardware encoders to try, in order of preference; the first that works is used."""
    ffmpeg: str | None = None
    """Path of the ffmpeg to use; None takes the one that was installed with manycast. Below version
    6.1 it reads no HEVC or AV1 from a broadcaster, so those would have no ladder."""


_NAME = re.compile(r"[a-z0-9]{1,16}")


def check(settings: LadderSettings) -> None:
    """Raise ValueError naming the first target whose name cannot stand in a URL or stands there already."""
    names = [target.name for target in settings.targets]
    for name in names:
        if not _NAME.fullmatch(name) or name == "source":
            raise ValueError(
                f"ladder.targets name {name!r}: use 1-16 of a-z and 0-9, and not 'source', which is the stream itself"
            )
        if names.count(name) > 1:
            raise ValueError(f"ladder.targets name {name!r} stands twice: rename one")
