"""Every stream on the air in this process, and the door to them."""

from typing import TYPE_CHECKING

from manycast.model.fleet import ChannelGrant
from manycast.model.names import StreamName, stream_name
from manycast.model.refusals import RefusedError, UnknownKeyError
from manycast.origin.grants import Admission, dismissed
from manycast.origin.session import State
from manycast.runtime.grants import Grants
from manycast.runtime.ingest import Admitted, Caller, GiveUp, Publisher
from manycast.runtime.origin.broadcast import Broadcast, World


if TYPE_CHECKING:
    from manycast.runtime.reporting import Changed


ENDED_KEPT_MS = 120_000
"""Late viewers can finish an ended stream for this long."""


class Live:
    def __init__(self, grants: Grants, world: World) -> None:
        self.broadcasts: dict[StreamName, Broadcast] = {}
        self.grants = grants
        self.changed: Changed = lambda: None
        """Called when a stream begins, ends, loses its publisher or has one again."""
        self._shown: list[tuple[StreamName, State, bool]] = []
        self._world = world
        self._since_ms = world.clock.now_ms()

    def admit(self, key: str, caller: Caller, then: Admitted) -> GiveUp:
        """Let the owner of a stream key publish; RefusedError for anyone else."""

        def decided(admission: Admission | None) -> None:
            then(UnknownKeyError() if admission is None else self._admitted(admission, caller))

        return self.grants.admit(key, decided)

    def enter(self, channel: str, caller: Caller) -> Publisher:
        grant = self.grants.of(channel)
        if grant is None:
            raise RefusedError("this channel has been removed")
        return self._enter(stream_name(channel), grant.kicks, caller)

    def follow(self, before: tuple[ChannelGrant, ...]) -> None:
        """Have what is on the air do as the grants say now."""
        after = self.grants.channels
        for name, broadcast in self.broadcasts.items():
            grant = self.grants.of(name)
            if grant is not None:
                broadcast.record(wanted=grant.recording)
            take = broadcast.feeding
            reason = "" if take is None else dismissed(before, after, name, take.kicks)
            if reason:
                broadcast.dismiss(reason)

    def find(self, stream: str) -> Broadcast | None:
        return next((one for name, one in self.broadcasts.items() if name == stream), None)

    def may_return(self, stream: str) -> bool:
        """Whether a stream that is not here may have been on the air until this process was started."""
        age_ms = self._world.clock.now_ms() - self._since_ms
        return (
            self.grants.of(stream) is not None and age_ms < self._world.settings.origin.reconnect_ms
        )

    def tick(self) -> None:
        for broadcast in list(self.broadcasts.values()):
            broadcast.tick()
        now_ms = self._world.clock.now_ms()
        for name, broadcast in list(self.broadcasts.items()):
            if broadcast.ended_ms is not None and now_ms - broadcast.ended_ms > ENDED_KEPT_MS:
                del self.broadcasts[name]
        on_air = self.broadcasts.items()
        shown = [(name, one.session.state, one.feeding is None) for name, one in on_air]
        if shown != self._shown:
            self._shown = shown
            self.changed()

    def stop(self) -> None:
        for broadcast in self.broadcasts.values():
            if broadcast.ended_ms is None:
                broadcast.stop()

    def _admitted(self, admission: Admission, caller: Caller) -> Publisher | RefusedError:
        try:
            return self._enter(stream_name(admission.channel), admission.kicks, caller)
        except RefusedError as error:
            return error

    def _enter(self, name: StreamName, kicks: int, caller: Caller) -> Publisher:
        broadcast = self.broadcasts.get(name)
        if broadcast is None or broadcast.session.state is State.ENDED:
            broadcast = self._begin(name)
        return broadcast.publish(caller, kicks)

    def _begin(self, name: StreamName) -> Broadcast:
        on_air = sum(b.ended_ms is None for b in self.broadcasts.values())
        limit = self._world.settings.origin.streams_max
        if on_air >= limit:
            raise RefusedError(f"this origin carries {limit} streams at most (origin.streams_max)")
        broadcast = self.broadcasts[name] = Broadcast(name, self._world)
        grant = self.grants.of(name)
        if grant is not None:
            broadcast.record(wanted=grant.recording)
        return broadcast
