"""Where a channel's stream is sent on to, and how that goes."""

from datetime import datetime
from typing import Annotated
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import AfterValidator, Field

from manycast.model.destinations import Platform, PlatformState, SendingState, Verdict
from manycast.schema.values import WHOLE, Id, Name, Switch, Value


HOST, PORT = r"[A-Za-z0-9._-]+", r":[1-9][0-9]{0,3}"
SERVER = f"^(rtmps?://{HOST}({PORT})?/[A-Za-z0-9_-]+|srt://{HOST}{PORT}|https?://{HOST}({PORT})?(/[!-~]*)?)$"
"""What an address usually looks like; ports of five digits and IPv6 addresses are taken too."""
SCHEMES = {"rtmp", "rtmps", "srt", "http", "https"}
KEY = r"^[!-~]*$"
RENDITION = r"^[a-z0-9-]{0,32}$"
SECRET_WORDS = {"passphrase", "password", "key", "token"}


def _checked(url: str) -> str:
    if not url:
        return url
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ValueError(
            "Enter an address such as rtmps://live.example.org/app, srt://live.example.org:9000,"
            " or https://live.example.org/whip for WHIP."
        )
    if "@" in parts.netloc:
        raise ValueError(
            "Enter the address without a name or password: the key has a field of its own."
        )
    if not _has_port_if_any(parts):
        raise ValueError("The port in this address must be from 1 to 65535.")
    if parts.scheme == "srt" and parts.port is None:
        raise ValueError("An SRT address needs its port, such as srt://live.example.org:9000.")
    if parts.scheme in {"rtmp", "rtmps"} and not parts.path.strip("/"):
        raise ValueError(
            "An RTMP address needs its application, such as /app in rtmps://live.example.org/app."
        )
    if not url.isascii() or not url.isprintable() or " " in url or parts.fragment:
        raise ValueError(
            "An address holds no spaces, no # and nothing but plain letters: copy it again."
        )
    if SECRET_WORDS & parse_qs(parts.query).keys():
        raise ValueError("Enter the address without its secret: the key has a field of its own.")
    return url


def _has_port_if_any(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False


Server = Annotated[
    str,
    AfterValidator(_checked),
    Field(
        max_length=1000,
        json_schema_extra={"pattern": f"{SERVER}|^$"},
        description="`rtmp://`, `rtmps://`, `srt://`, or `http(s)://` for WHIP; without the key.",
    ),
]
Key = Annotated[
    str,
    Field(
        max_length=1000,
        pattern=KEY,
        description="Stream key, SRT passphrase, or bearer token for WHIP. Kept sealed, and shown by no reply.",
    ),
]
RenditionName = Annotated[
    str,
    Field(
        pattern=RENDITION,
        description="Such as `source` or `720p`; empty: the best that the platform takes.",
    ),
]


class OwnEncode(Value):
    """An encode for this destination alone, in H.264 and AAC at a constant bitrate."""

    height: Annotated[int, Field(ge=144, le=2160), WHOLE] = Field(
        description="Pixels; never more than the source's."
    )
    frame_rate: Annotated[float, Field(ge=0, le=120)] = Field(
        default=0.0, description="0: the source's."
    )
    video_bps: Annotated[int, Field(ge=100_000, le=51_000_000), WHOLE]
    audio_bps: Annotated[int, Field(ge=32_000, le=512_000), WHOLE] = 160_000
    keyframe_ms: Annotated[int, Field(ge=500, le=10_000), WHOLE] = 2000


class PlaceLimits(Value):
    """What a platform takes; null or empty: anything."""

    video_codecs: list[str]
    width_max: int | None
    height_max: int | None
    frame_rate_max: float | None
    video_bps_max: int | None
    audio_bps_max: int | None
    keyframe_ms_max: int | None


class Place(Value):
    """A platform, as a form that adds a destination wants to know it."""

    platform: Platform
    label: str
    server: str = Field(
        description="Where to send with a key of one's own; empty: it differs from account to account."
    )
    limits: PlaceLimits
    can_connect: bool = Field(
        description="Whether accounts can be connected: an administrator has set up its app."
    )


class Places(Value):
    items: list[Place]


class Destination(Value):
    id: str
    name: Name
    platform: Platform
    url: str = Field(description="Without the key; empty until the platform has said it.")
    has_key: bool
    rendition: str
    encode: OwnEncode | None = Field(description="Null: a rendition is sent as it is.")
    enabled: bool = Field(description="Whether it is sent to when the channel is on the air.")
    account_id: str | None = Field(
        description="With it the platform says where to send, and whether viewers see it."
    )
    created_at: datetime
    version: int


class Destinations(Value):
    """All of a channel."""

    items: list[Destination]


class NewDestination(Value):
    name: Name
    platform: Platform = Platform.CUSTOM
    url: Server = Field(
        default="", description="Empty: as the account says, or where its platform takes streams."
    )
    key: Key = Field(default="", repr=False)
    rendition: RenditionName = ""
    encode: OwnEncode | None = None
    enabled: Switch = True
    account_id: Id | None = None


class DestinationChange(Value):
    """What is left out stays as it is. While on the air it takes effect within seconds."""

    name: Name | None = None
    url: Server | None = None
    key: Key | None = Field(default=None, repr=False, description="Empty: none.")
    rendition: RenditionName | None = None
    encode: OwnEncode | None = Field(default=None, description="null: none from now on.")
    account_id: Id | None = Field(default=None, description="null: none from now on.")


class DestinationFigures(Value):
    """What its own process says."""

    state: SendingState
    since: datetime
    rendition: str = Field(description="The one that is sent, or `own`.")
    video_bps: int
    audio_bps: int
    frame_rate: float
    sent_bytes: int
    dropped_frames: int = Field(description="Left out because the way there was too slow.")
    round_trip_ms: float | None
    reconnects: int
    behind_ms: int | None = Field(description="From the broadcaster to the network card.")
    slate: bool = Field(
        description="The broadcaster is away: the last picture is repeated meanwhile."
    )


class OnPlatform(Value):
    """What the platform says."""

    state: PlatformState
    viewers: int | None
    title: str
    url: str = Field(description="Where people watch it there; empty: not known.")
    trouble: str = Field(description="Why it could not be asked; empty when it was.")
    checked_at: datetime | None = Field(description="Null: not yet.")


class DestinationLive(Value):
    """One destination of a stream that is on the air."""

    id: str
    name: str
    platform: Platform
    verdict: Verdict
    text: str = Field(
        description="Why it is not well and what to do, or what had to be changed to obey the limits."
    )
    report: DestinationFigures | None = Field(description="Null before its process has spoken.")
    on_platform: OnPlatform | None = Field(description="Null where no account is connected.")
