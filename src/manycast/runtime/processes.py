"""Child processes that are kept running: started, restarted with growing waits, drained, reaped."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from manycast.std.backoff import Backoff


log = logging.getLogger("manycast.processes")

DRAIN_S_MAX = 25.0
"""A role gets this long after SIGTERM: longer than its replies in flight get (``http.drain_s``)."""
RESTART_S_FIRST = 0.2
RESTART_S_LIMIT = 5.0
STEADY_S = 10.0
"""A child that ran this long counts as working: its next restart is at once again."""


@dataclass(slots=True)
class Child:
    """One role of the network as a child process.

    Its standard input is a pipe that nobody else writes to: it closes when this process dies in any way,
    which is how a child notices that it has to stop too. Ctrl-C reaches only this process, because a
    child that stopped by itself would be started again while the others drain.
    """

    name: str
    argv: Sequence[str]
    pass_fds: Sequence[int] = ()
    """Open files that the child shares, under the same numbers."""
    restart_s: float = RESTART_S_FIRST
    """Seconds until the first restart."""
    drain_s: float | None = None
    """It gets this long after SIGTERM; None: ``DRAIN_S_MAX``."""
    attend: Callable[[asyncio.subprocess.Process], Awaitable[None]] | None = None
    """Speaks with each process through its standard input and output until the latter closes."""
    lost: Callable[[str], None] = lambda _: None
    """Told how a process ended, or why there is none, when another will be started."""
    restarts: int = 0
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)
    spawned: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set while a process is there."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _spawning: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    """``stop`` must not miss a process that is just being made."""

    async def run(self) -> None:
        """Keep the child running until ``stop``."""
        loop = asyncio.get_running_loop()
        backoff = Backoff(self.restart_s, RESTART_S_LIMIT)
        while not self._stopping.is_set():
            started = loop.time()
            end = await self._once()
            if self._stopping.is_set():
                break
            if loop.time() - started > STEADY_S:
                backoff.worked()
            wait_s = backoff.failed()
            self.restarts += 1
            self.lost(end)
            log.warning("%s %s; starting it again in %.1f s", self.name, end, wait_s)
            await self._pause(wait_s)

    async def _once(self) -> str:
        """Run one process to its end, and say how it ended."""
        try:
            async with self._spawning:
                if self._stopping.is_set():
                    return "is not needed"
                process = self.process = await asyncio.create_subprocess_exec(
                    *self.argv,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=None if self.attend is None else asyncio.subprocess.PIPE,
                    start_new_session=True,
                    pass_fds=tuple(self.pass_fds),
                )
        except OSError as error:  # no memory or process left: the other roles go on
            return f"does not start ({error})"
        self.spawned.set()
        if self.attend is not None:
            await self.attend(process)
        status = await process.wait()
        self.spawned.clear()
        return f"ended with status {status}"

    async def _pause(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._stopping.wait()

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Tell it to end, and SIGKILL after the drain limit."""
        drain_s = DRAIN_S_MAX if self.drain_s is None else self.drain_s
        self._stopping.set()
        async with self._spawning:
            process = self.process
        if process is None or process.returncode is not None:
            return
        process.send_signal(how)
        try:
            async with asyncio.timeout(drain_s):
                await process.wait()
        except TimeoutError:
            log.warning("%s did not stop within %.0f s and is killed", self.name, drain_s)
            process.kill()
            await process.wait()


def role(*arguments: str) -> list[str]:
    """The command line of a role run by this very interpreter."""
    return [sys.executable, "-m", "manycast.cli", *arguments]
