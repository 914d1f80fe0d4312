"""What was on the air, and what was kept of it."""

from collections.abc import Iterator
from typing import BinaryIO

import httpx2

from manycast.client.errors import UnreachableError
from manycast.client.wire import Wire
from manycast.schema.broadcasts import Broadcast, BroadcastChange, Recording


class Broadcasts:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(
        self, *, channel: str | None = None, live: bool | None = None, title: str | None = None
    ) -> Iterator[Broadcast]:
        """Newest first."""
        query = {"channel": channel, "live": live, "title": title}
        return self._wire.pages("/broadcasts", Broadcast, query)

    def read(self, broadcast_id: str) -> Broadcast:
        return self._wire.ask(
            "GET", "/broadcasts/{broadcast_id}", Broadcast, broadcast_id=broadcast_id
        )

    def change(self, broadcast: Broadcast, change: BroadcastChange) -> Broadcast:
        return self._wire.ask(
            "PATCH",
            "/broadcasts/{broadcast_id}",
            Broadcast,
            body=change,
            version=broadcast.version,
            broadcast_id=broadcast.id,
        )


class Recordings:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(self, *, channel: str | None = None) -> Iterator[Recording]:
        """Newest first."""
        return self._wire.pages("/recordings", Recording, {"channel": channel})

    def read(self, recording_id: str) -> Recording:
        return self._wire.ask(
            "GET", "/recordings/{recording_id}", Recording, recording_id=recording_id
        )

    def delete(self, recording_id: str) -> None:
        self._wire.send("DELETE", "/recordings/{recording_id}", recording_id=recording_id)

    def download(self, path: str, file: BinaryIO) -> int:
        """Write one of a recording's ``downloads`` to ``file``, piece by piece; the number of bytes."""
        try:
            with self._wire.http.stream("GET", f"{self._wire.url}{path}") as reply:
                if not reply.is_success:
                    reply.read()
                    raise self._wire.refused(reply)
                return sum(file.write(piece) for piece in reply.iter_bytes())
        except httpx2.TransportError as error:
            raise UnreachableError(f"{self._wire.url} broke off: {error}") from error
