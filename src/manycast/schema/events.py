"""What `GET /api/v1/events` sends: first a snapshot, then what differs from it."""

from pydantic import Field

from manycast.schema.chat import ChatChange
from manycast.schema.fleet import Fleet, FleetChange
from manycast.schema.streams import Streams, StreamsChange
from manycast.schema.values import Value


class Snapshot(Value):
    """`event: snapshot`, the first of each connection: forget what you knew before."""

    streams: Streams
    fleet: Fleet | None = Field(description="Null for those who may not see the fleet.")


class Touched(Value):
    """Any other event: what has changed and may be asked for again."""

    id: str = Field(description="Of the one that changed; empty when it may be any.")
    channel: str = Field(description="Name of the channel it belongs to; empty when it is of none.")


class LiveEvents(Value):
    """The data of each event, by the event's name; every one comes by itself."""

    snapshot: Snapshot
    streams: StreamsChange
    fleet: FleetChange
    channels: Touched
    broadcasts: Touched
    recordings: Touched
    notices: Touched
    destinations: Touched
    accounts: Touched
    listings: Touched
    chat: ChatChange
