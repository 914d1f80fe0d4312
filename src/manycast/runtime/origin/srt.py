"""The SRT listeners of an origin: one for each channel, on ports that the channels keep."""

import asyncio
import logging

from manycast.model.fleet import ChannelGrant
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

    def follow(self) -> None:
        wanted = dict(filter(None, map(self._place, self._grants.channels)))
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

    def _place(self, grant: ChannelGrant) -> tuple[str, SrtAddress] | None:
        """Where its publisher calls; None with no SRT for this channel."""
        slot = grant.srt_slot
        if slot is None or not 0 <= slot < self._channels_max or not grant.srt_passphrase:
            return None
        try:
            place = SrtAddress(self._host, self._first + slot, grant.channel, grant.srt_passphrase)
        except ValueError as error:
            log.warning("%s: %s", grant.channel, error)
            return None
        return grant.channel, place


def _note(text: str) -> None:
    log.warning("%s", text)
