"""Places that a stream is sent on to, as the control role describes them and origins report of them."""

from dataclasses import dataclass, field
from enum import StrEnum


class Platform(StrEnum):
    """Whose rules a destination follows."""

    TWITCH = "twitch"
    YOUTUBE = "youtube"
    KICK = "kick"
    CUSTOM = "custom"
    """Any other server: no limits are known, nobody is asked whether it shows the stream."""


class SendingState(StrEnum):
    """Of one destination, as far as its own process can tell."""

    WAITING = "waiting"
    """For the stream to begin, or for the rendition that it sends."""
    CONNECTING = "connecting"
    SENDING = "sending"
    RETRYING = "retrying"
    """The last attempt failed; another follows by itself."""
    FAILED = "failed"
    """Nothing will get better by itself, such as a key that is refused: a person has to look."""
    STOPPED = "stopped"


class PlatformState(StrEnum):
    """Of one destination, as its platform shows it."""

    UNKNOWN = "unknown"
    """Nobody could ask: no account is connected, or the platform does not answer."""
    NOT_LIVE = "not_live"
    STARTING = "starting"
    """The platform takes the stream in and does not show it yet."""
    LIVE = "live"
    ENDED = "ended"


class Verdict(StrEnum):
    """How a destination is, for people: made of what its own process says and what its platform says."""

    OFF = "off"
    WAITING = "waiting"
    CONNECTING = "connecting"
    SENDING = "sending"
    """It is taken there; nobody can tell whether it is shown."""
    STARTING = "starting"
    """It is taken, and the platform does not show it yet."""
    LIVE = "live"
    """The platform says that it shows it."""
    NOT_LIVE = "not_live"
    """It is taken, and the platform says that it does not show it."""
    RETRYING = "retrying"
    FAILED = "failed"


class AccountState(StrEnum):
    """Whether a connected account still lets us in."""

    CONNECTED = "connected"
    EXPIRED = "expired"
    """Its leave ran out and could not be renewed: a person has to connect it again."""
    REVOKED = "revoked"
    """Somebody took the leave back: a person has to connect it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a place accepts; 0 or empty: anything."""

    video_codecs: tuple[str, ...] = ()
    """Sample entries, as ``model.media.VideoCodec``."""
    width_max: int = 0
    height_max: int = 0
    frame_rate_max: float = 0.0
    video_bps_max: int = 0
    audio_bps_max: int = 0
    keyframe_ms_max: int = 0
    b_frames: bool = True
    """False where a picture that is decoded out of order is not understood (WebRTC)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encode:
    """An encode of a destination's own: H.264 and AAC, constant bitrate."""

    height: int
    frame_rate: float = 0.0
    """0: the source's."""
    video_bps: int
    audio_bps: int = 160_000
    keyframe_ms: int = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationGrant:
    """What an origin must know to send a stream on."""

    id: str
    name: str
    """What people call it."""
    url: str
    """``rtmp://``, ``rtmps://``, ``srt://``, or ``http(s)://`` for WHIP; without the key."""
    key: str = field(default="", repr=False)
    """Stream key, SRT passphrase or bearer token."""
    rendition: str = ""
    """The one to send, such as ``source`` or ``720p``; empty: the best that the limits allow, encoded for it where there is none."""
    encode: Encode | None = None
    """An encode of its own in place of a rendition."""
    limits: Limits = field(default_factory=Limits)
    attempt: int = 0
    """Grows when a person wants it tried again at once, whatever failed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationReport:
    """How one destination goes, from its own process."""

    id: str
    state: SendingState
    since_ms: int
    """When it came into this state."""
    reason: str = ""
    """Why it does not send, in a sentence that says what to do; also what it had to change to obey the limits."""
    rendition: str = ""
    """The one it sends, or ``own``."""
    video_bps: int = 0
    audio_bps: int = 0
    frame_rate: float = 0.0
    sent_bytes: int = 0
    dropped_frames: int = 0
    """Left out since it began, because the way there was too slow."""
    round_trip_ms: float | None = None
    reconnects: int = 0
    """Since it was started, beyond the first connection."""
    behind_ms: int | None = None
    """From a frame's place on the media timeline, which is wall-clock time, to its handing over to the kernel."""
    slate: bool = False
    """The broadcaster is away: the last picture is repeated, and the platform's session goes on."""
