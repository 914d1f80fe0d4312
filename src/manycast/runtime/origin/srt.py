"""The SRT listeners of an origin: one for each channel, on ports that the channels keep."""

import asyncio
import logging

from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.ffmpeg.srt import SrtAddress, SrtListener
from manycast.runtime.grants import Grants
from manycast.runtime.ingest import Door
from manycast.settings.network import NetworkSettings, address


log = logging.getLogger("manycast.origin")


class SrtPorts:
    """Call ``follow`` whenever the grants have changed."""

    def __init__(
        self,
        settings: NetworkSettings,
        binary: Binary,
        grants: Grants,
        door: Door,
        tasks: asyncio.TaskGroup,
    ) -> None:
        host, self._first = address(settings.srt)
        self._host = host or "0.0.0.0"  # noqa: S104  the default: publishers come from anywhere
        self._channels_max = settings.srt_channels_max
        self._binary = binary
        self._grants = grants
        self._door = door
        self._tasks = tasks
        self._listeners: dict[str, tuple[SrtListener, asyncio.Task[None]]] = {}

    @property
    def ports(self) -> dict[str, int]:
        """By channel."""
        places = self._grants.slots.places
        return {name: self._first + places[name] for name in self._listeners}

    def follow(self) -> None:
        grants = self._grants
        grants.slots = grants.slots.follow(grants.channels, self._channels_max)
        wanted = {name: found for name in grants.slots.places if (found := self._address(name))}
        for name in self._listeners.keys() - wanted.keys():
            self._listeners.pop(name)[1].cancel()
        for name, place in wanted.items():
            if name in self._listeners:
                self._listeners[name][0].move(place)
            else:
                listener = SrtListener(self._binary, place, self._door, _note)
                self._listeners[name] = listener, self._tasks.create_task(listener.run())

    def close(self) -> None:
        for _, task in self._listeners.values():
            task.cancel()

    def _address(self, channel: str) -> SrtAddress | None:
        grant = self._grants.of(channel)
        assert grant is not None, "only granted channels have a place"
        port = self._first + self._grants.slots.places[channel]
        try:
            return SrtAddress(self._host, port, channel, grant.srt_passphrase)
        except ValueError as error:
            log.warning("%s: %s", channel, error)
            return None


def _note(text: str) -> None:
    log.warning("%s", text)
