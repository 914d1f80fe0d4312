"""Broadcasts and recordings, as the API shows them."""

from datetime import datetime

from pydantic import Field

from manycast.schema.values import Line, Value


class Recording(Value):
    id: str
    channel: str = Field(description="The channel's name.")
    broadcast_id: str | None
    started_at: datetime
    duration_ms: int
    size_bytes: int
    complete: bool = Field(description="false while it is being written.")
    available: bool = Field(description="Whether the origin that holds it can be reached.")
    playlist: str = Field(description="Path of its HLS playlist, for the player.")
    downloads: list[str] = Field(
        description="Paths of its MP4 files, in order; several when the format changed on the way."
    )


class Broadcast(Value):
    id: str
    channel: str = Field(description="The channel's name.")
    title: Line
    live: bool
    started_at: datetime
    ended_at: datetime | None
    viewers_peak: int
    recordings: list[Recording]
    version: int


class BroadcastChange(Value):
    """What is left out or null stays as it is."""

    title: Line | None = None
