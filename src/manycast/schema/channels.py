"""Channels, their stream keys and their people, as the API shows them."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from manycast.schema.values import Line, Name, Prose, Switch, Value


CHANNEL_NAME = r"^[a-z0-9][a-z0-9_-]{0,62}$"
ChannelName = Annotated[
    str,
    StringConstraints(pattern=CHANNEL_NAME),
    Field(description="The stream's name in viewers' URLs; never changes."),
]


class Channel(Value):
    id: str
    name: ChannelName
    title: Line
    description: Prose
    recording: bool = Field(description="Whether what is published is recorded.")
    srt: bool = Field(description="Whether SRT publishers are taken.")
    created_at: datetime
    version: int


class NewChannel(Value):
    name: ChannelName
    title: Line = Field(default="", description="Empty: the name.")
    description: Prose = ""
    recording: Switch | None = Field(default=None, description="null: as the site's settings say.")


class ChannelChange(Value):
    """What is left out or null stays as it is."""

    title: Line | None = None
    description: Prose | None = None
    recording: Switch | None = None


class StreamKey(Value):
    id: str
    name: Name
    hint: str = Field(description="How the key begins; the rest is shown once, when it is made.")
    created_at: datetime
    rotated_at: datetime | None
    used_at: datetime | None = Field(description="When somebody last began to publish with it.")
    version: int


class NewStreamKey(Value):
    name: Name = Field(description="Who or what publishes with it.")


class MadeStreamKey(Value):
    """The only reply that ever holds the key itself."""

    key: StreamKey
    secret: str = Field(
        description="What the broadcaster enters. Shown once: only its hash is kept."
    )


class Rotation(Value):
    disconnect: Switch = Field(
        default=False, description="Also end what is on the air with the old one."
    )


class MadeSrt(Value):
    """The only reply that ever holds the passphrase."""

    url: str = Field(description="With the passphrase, for OBS and ffmpeg. Shown once.")
    passphrase: str


class MadeChannel(Value):
    """A channel with its first stream key."""

    channel: Channel
    key: MadeStreamKey


class Addresses(Value):
    """Where a broadcaster publishes and people watch; without secrets."""

    rtmp: str = Field(description="The server; the stream key goes into its own field.")
    rtmps: str | None
    srt: str | None = Field(description="The passphrase must be added: `?passphrase=…`")
    whip: str | None
    watch: str = Field(description="The page for viewers.")
    playlist: str = Field(description="The HLS playlist, for players.")


class Member(Value):
    user_id: str
    name: str
    role: str
    since: datetime
