"""What each platform takes of a stream, by its own pages for broadcasters.

Twitch: help.twitch.tv/s/article/broadcasting-guidelines. YouTube: support.google.com/youtube/answer/2853702.
Kick: help.kick.com, and what its senders report: a picture wider than 1920 is cut off again and again, without a word.
"""

from collections.abc import Mapping
from typing import Final

from manycast.model.destinations import Limits, Platform
from manycast.model.media import VideoCodec


LIMITS: Final[Mapping[Platform, Limits]] = {
    Platform.TWITCH: Limits(
        video_codecs=(VideoCodec.AVC,),
        width_max=1920,
        height_max=1920,  # a portrait picture is as large as a landscape one
        frame_rate_max=60.0,
        video_bps_max=8_000_000,  # its pages recommend 6 Mbit/s; what it takes ends at 8.5 with the sound
        audio_bps_max=320_000,
        keyframe_ms_max=2000,
    ),
    Platform.YOUTUBE: Limits(
        video_codecs=(VideoCodec.AVC, VideoCodec.HEVC, VideoCodec.AV1),
        width_max=3840,
        height_max=3840,
        frame_rate_max=60.0,
        video_bps_max=51_000_000,
        keyframe_ms_max=4000,
    ),
    Platform.KICK: Limits(
        video_codecs=(VideoCodec.AVC,),
        width_max=1920,
        height_max=1920,
        frame_rate_max=60.0,
        video_bps_max=8_000_000,
        audio_bps_max=320_000,
        keyframe_ms_max=2000,
    ),
    Platform.CUSTOM: Limits(),
}

SERVERS: Final[Mapping[Platform, str]] = {
    Platform.TWITCH: "rtmps://ingest.global-contribute.live-video.net:443/app",
    Platform.YOUTUBE: "rtmps://a.rtmps.youtube.com:443/live2",
    Platform.KICK: "",
    Platform.CUSTOM: "",
}
"""Where a stream goes when somebody enters a key and no account is connected; Kick's differs from account to account."""
