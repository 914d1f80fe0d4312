"""What every role's process does: logging, signals, an orderly end."""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable

import uvloop

from manycast.runtime.ffmpeg.binary import FfmpegError
from manycast.runtime.pages.files import PagesMissingError


QUIET = ("alembic", "httpcore2", "httpx2")
"""Libraries that tell of their plugins, or of each URL that is asked, which may be a secret."""


def run_role(name: str, role: Callable[[asyncio.Event], Awaitable[None]], *, follows: bool) -> int:
    """Run a role until SIGTERM or SIGINT; 1 when it cannot start or breaks. A second SIGINT does not wait
    for the orderly end: it raises KeyboardInterrupt.

    ``follows``: stop too when standard input closes, that is, when the supervisor is gone.
    """
    logging.basicConfig(format=f"%(asctime)s {name}: %(message)s", level=logging.INFO)
    for library in QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)
    status = 0
    try:
        uvloop.run(_until_told(role, follows=follows))
    except* (OSError, ValueError, FfmpegError, PagesMissingError) as group:
        for error in _leaves(group):
            print(f"manycast {name}: {error}", file=sys.stderr)
        status = 1
    return status


async def _until_told(role: Callable[[asyncio.Event], Awaitable[None]], *, follows: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    if follows:
        await loop.connect_read_pipe(lambda: _Leash(stop), sys.stdin)
    await role(stop)


class _Leash(asyncio.Protocol):
    """Sets the event when the other end of the pipe is gone."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._stop.set()


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for error in group.exceptions:
        leaves += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return leaves
