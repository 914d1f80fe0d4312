"""Asking a parent how it is, for those who want to know before a viewer does."""

import asyncio

from manycast.runtime.http.pool import Pool
from manycast.runtime.http.response import FetchError, ResponseHead
from manycast.runtime.http.upstream import Message, Run


_ILL = 500


async def watch(pool: Pool) -> None:
    """Look every ``health_s``, until cancelled."""
    while True:
        await asyncio.sleep(pool.settings.health_s)
        await examine(pool)


async def examine(pool: Pool) -> None:
    """Ask once, and report."""
    pool.reports.examined(well=await _ask(pool))


async def _ask(pool: Pool) -> bool:
    word = _Word()
    run = Run(Message("GET", pool.settings.health_path.encode("ascii"), b""), word)
    pool.submit(run)
    try:
        async with asyncio.timeout(pool.settings.try_s):
            return await word.well
    except TimeoutError:
        return False
    finally:
        run.drop()


class _Word:
    """The head says enough, once the reply is whole."""

    def __init__(self) -> None:
        self.well: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._status = 0

    def head(self, head: ResponseHead) -> None:
        self._status = head.status

    def data(self, piece: bytes) -> None:
        """Of no interest."""

    def end(self) -> None:
        self._say(well=self._status < _ILL)

    def failed(self, _: FetchError) -> None:
        self._say(well=False)

    def _say(self, *, well: bool) -> None:
        if not self.well.done():
            self.well.set_result(well)
