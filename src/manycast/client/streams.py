"""What is on the air now, and what changes there."""

from collections.abc import Iterator

import httpx2

from manycast.client.errors import UnreachableError
from manycast.client.wire import Wire
from manycast.schema.chat import ChatChange
from manycast.schema.events import Snapshot, Touched
from manycast.schema.fleet import Fleet, FleetChange
from manycast.schema.streams import Stream, Streams, StreamsChange


QUIET_S_MAX = 45.0
"""Three times what the control role lets pass between two signs of life."""

Told = Snapshot | StreamsChange | FleetChange | Touched | ChatChange
_KINDS: dict[str, type[Told]] = {
    "snapshot": Snapshot,
    "streams": StreamsChange,
    "fleet": FleetChange,
    "channels": Touched,
    "broadcasts": Touched,
    "recordings": Touched,
    "notices": Touched,
    "destinations": Touched,
    "accounts": Touched,
    "listings": Touched,
    "chat": ChatChange,
}


class LiveStreams:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(self) -> Streams:
        return self._wire.ask("GET", "/streams", Streams)

    def read(self, channel: str) -> Stream:
        """RefusedError ``not-found`` when nothing is on the air."""
        return self._wire.ask("GET", "/streams/{channel}", Stream, channel=channel)

    def disconnect(self, channel: str) -> None:
        """End the connection of whoever publishes; who still has a good key can come again."""
        self._wire.send("POST", "/streams/{channel}/disconnect", channel=channel)

    def fleet(self) -> Fleet:
        return self._wire.ask("GET", "/fleet", Fleet)

    def events(self) -> Iterator[tuple[str, Told]]:
        """Name and data of each event, a snapshot first, until the connection breaks: then UnreachableError,
        and whoever wants to go on asks again for a new snapshot."""
        patience = httpx2.Timeout(QUIET_S_MAX)
        try:
            with self._wire.http.stream("GET", "/events", timeout=patience) as reply:
                if not reply.is_success:
                    reply.read()
                    raise self._wire.refused(reply)
                for event in httpx2.EventSource(reply):
                    kind = _KINDS.get(event.event)
                    if kind is not None:  # a later release may tell more
                        yield event.event, kind.model_validate_json(event.data, extra="ignore")
        except httpx2.TransportError as error:
            raise UnreachableError(f"{self._wire.url} broke off: {error}") from error
