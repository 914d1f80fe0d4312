"""The client joined to the real API, in one process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.api.asking import Room, control_room

from manycast.client.network import Network


def never(_: float) -> None:
    raise AssertionError("nothing is asked for twice here")


@contextmanager
def joined(directory: Path) -> Iterator[tuple[Network, Room]]:
    with (
        control_room(directory) as room,
        Network("http://testserver", transport=room.ask._transport, pause=never) as network,
    ):
        yield network, room
