"""A way that first looks where its address leads: not into the network of whoever runs this, where that is not wanted."""

import asyncio
import socket
from collections.abc import Callable, Sequence

from manycast.destination.sender import Timed
from manycast.model.refusals import RefusedError
from manycast.runtime.destination.way import Way
from manycast.runtime.notices.doors import is_public


class Gated:
    """Follows ``runtime.destination.way``; ``make`` is given the address that was looked at, and goes there and nowhere else."""

    def __init__(self, host: str, make: Callable[[str], Way]) -> None:
        self._host = host
        self._make = make
        self._way: Way | None = None
        self._closed = False

    @property
    def waiting_bytes(self) -> int:
        return 0 if self._way is None else self._way.waiting_bytes

    @property
    def sent_bytes(self) -> int:
        return 0 if self._way is None else self._way.sent_bytes

    @property
    def round_trip_ms(self) -> float | None:
        return None if self._way is None else self._way.round_trip_ms

    async def run(self, opened: Callable[[], None], room: Callable[[], None]) -> None:
        address = await public_address(self._host)
        if self._closed:
            return
        try:
            self._way = self._make(address)
        except ValueError as error:
            raise RefusedError(str(error)) from error
        await self._way.run(opened, room)

    def send(self, batch: Sequence[Timed]) -> None:
        if self._way is not None:
            self._way.send(batch)

    def close(self, *, goodbye: bool) -> None:
        self._closed = True
        if self._way is not None:
            self._way.close(goodbye=goodbye)


async def public_address(host: str) -> str:
    """Raises RefusedError where it leads into a private network, OSError where nowhere."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OSError(f"the name {host} is not known") from None
    addresses = [str(place[0]).partition("%")[0] for *_, place in found]
    allowed = [each for each in addresses if is_public(each)]
    if not allowed:
        raise RefusedError(
            f"{host} leads into a private network, which destinations.private_addresses forbids"
        )
    return allowed[0]
