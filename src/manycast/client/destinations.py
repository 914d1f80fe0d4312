"""Where a channel's stream is sent on to."""

from manycast.client.wire import Wire
from manycast.schema.destinations import (
    Destination,
    DestinationChange,
    Destinations as All,
    NewDestination,
    Places,
)


class Destinations:
    """Those of one channel, by the channel's name."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def places(self) -> Places:
        """The platforms, and what each takes."""
        return self._wire.ask("GET", "/platforms", Places)

    def all(self, channel: str) -> list[Destination]:
        return self._wire.ask("GET", "/channels/{channel}/destinations", All, channel=channel).items

    def read(self, channel: str, destination_id: str) -> Destination:
        return self._wire.ask(
            "GET",
            "/channels/{channel}/destinations/{destination_id}",
            Destination,
            channel=channel,
            destination_id=destination_id,
        )

    def create(self, channel: str, new: NewDestination) -> Destination:
        return self._wire.ask(
            "POST",
            "/channels/{channel}/destinations",
            Destination,
            body=new,
            once=True,
            channel=channel,
        )

    def change(self, channel: str, one: Destination, change: DestinationChange) -> Destination:
        """RefusedError ``stale`` when somebody changed it since ``one`` was read."""
        return self._wire.ask(
            "PATCH",
            "/channels/{channel}/destinations/{destination_id}",
            Destination,
            body=change,
            version=one.version,
            channel=channel,
            destination_id=one.id,
        )

    def delete(self, channel: str, one: Destination) -> None:
        self._wire.send(
            "DELETE",
            "/channels/{channel}/destinations/{destination_id}",
            version=one.version,
            channel=channel,
            destination_id=one.id,
        )

    def start(self, channel: str, destination_id: str) -> Destination:
        """Also has one that gave up tried again at once."""
        return self._wire.ask(
            "POST",
            "/channels/{channel}/destinations/{destination_id}/start",
            Destination,
            channel=channel,
            destination_id=destination_id,
        )

    def stop(self, channel: str, destination_id: str) -> Destination:
        return self._wire.ask(
            "POST",
            "/channels/{channel}/destinations/{destination_id}/stop",
            Destination,
            channel=channel,
            destination_id=destination_id,
        )

    def start_all(self, channel: str) -> list[Destination]:
        said = self._wire.ask(
            "POST", "/channels/{channel}/destinations/start", All, channel=channel
        )
        return said.items

    def stop_all(self, channel: str) -> list[Destination]:
        said = self._wire.ask("POST", "/channels/{channel}/destinations/stop", All, channel=channel)
        return said.items
