"""Every stream on the air in this process, and the door to them."""

from manycast.model.names import StreamName
from manycast.model.refusals import RefusedError
from manycast.origin.session import State
from manycast.runtime.channels import Channels
from manycast.runtime.ingest import Publisher
from manycast.runtime.origin.broadcast import Broadcast, World


ENDED_KEPT_MS = 120_000
"""Late viewers can finish an ended stream for this long."""


class Live:
    def __init__(self, channels: Channels, world: World) -> None:
        self.broadcasts: dict[StreamName, Broadcast] = {}
        self._channels = channels
        self._world = world
        self._since_ms = world.clock.now_ms()

    def admit(self, key: str, peer: str) -> Publisher:
        """Let the owner of a stream key publish; RefusedError for anyone else."""
        name = self._channels.by_key(key)
        if name is None:
            raise RefusedError(
                "unknown stream key; copy it again from manycast", code="NetStream.Publish.BadName"
            )
        broadcast = self.broadcasts.get(name)
        if broadcast is None or broadcast.session.state is State.ENDED:
            broadcast = self._begin(name)
        return broadcast.publish(peer)

    def find(self, stream: str) -> Broadcast | None:
        return next((one for name, one in self.broadcasts.items() if name == stream), None)

    def may_return(self, stream: str) -> bool:
        """Whether a stream that is not here may have been on the air until this process was started."""
        age_ms = self._world.clock.now_ms() - self._since_ms
        known = any(name == stream for name, _ in self._channels.items())
        return known and age_ms < self._world.settings.origin.reconnect_ms

    def tick(self) -> None:
        for broadcast in list(self.broadcasts.values()):
            broadcast.tick()
        now_ms = self._world.clock.now_ms()
        for name, broadcast in list(self.broadcasts.items()):
            if broadcast.ended_ms is not None and now_ms - broadcast.ended_ms > ENDED_KEPT_MS:
                del self.broadcasts[name]

    def stop(self) -> None:
        for broadcast in self.broadcasts.values():
            if broadcast.ended_ms is None:
                broadcast.stop()

    def _begin(self, name: StreamName) -> Broadcast:
        on_air = sum(b.ended_ms is None for b in self.broadcasts.values())
        limit = self._world.settings.origin.streams_max
        if on_air >= limit:
            raise RefusedError(f"this origin carries {limit} streams at most (origin.streams_max)")
        broadcast = self.broadcasts[name] = Broadcast(name, self._world)
        return broadcast
