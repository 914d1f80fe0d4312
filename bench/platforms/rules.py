"""What each platform's ingest takes, as its own pages for broadcasters say: not what manycast believes of it.

Twitch: help.twitch.tv/s/article/broadcasting-guidelines. YouTube: support.google.com/youtube/answer/2853702.
Kick: help.kick.com (streaming requirements), and what senders report of its refusal of wide pictures.
"""

from dataclasses import dataclass, replace

from manycast.model.destinations import Platform
from manycast.model.media import VideoCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    platform: Platform = Platform.CUSTOM
    application: str = "live"
    tls: bool = False
    video_codecs: tuple[VideoCodec, ...] = tuple(VideoCodec)
    """Others are refused in words."""
    width_max: int = 0
    """A wider picture is cut off without a word, and again whenever it comes back; 0: any."""
    video_bps_max: int = 0
    """More is taken and complained of; 0: any."""
    audio_bps_max: int = 0
    frame_rate_max: float = 0.0
    keyframe_ms_max: int = 0
    grace_s: float = 0.0
    """A publisher that is back within this time goes on with the broadcast it began."""


ANY = Rules()
TWITCH = Rules(
    platform=Platform.TWITCH,
    application="app",
    video_codecs=(VideoCodec.AVC,),
    video_bps_max=8_500_000,
    audio_bps_max=320_000,
    frame_rate_max=60.0,
    keyframe_ms_max=2000,
    grace_s=90.0,
)
YOUTUBE = Rules(
    platform=Platform.YOUTUBE,
    application="live2",
    tls=True,
    video_bps_max=51_000_000,
    frame_rate_max=60.0,
    keyframe_ms_max=4000,
    grace_s=60.0,
)
KICK = Rules(
    platform=Platform.KICK,
    application="app",
    tls=True,
    video_codecs=(VideoCodec.AVC,),
    width_max=1920,
    video_bps_max=8_000_000,
    audio_bps_max=320_000,
    frame_rate_max=60.0,
    keyframe_ms_max=2000,
    grace_s=30.0,
)


def without_tls(rules: Rules) -> Rules:
    """The same over plain RTMP."""
    return replace(rules, tls=False)
