"""One ffmpeg process that reads from stdin and writes to pipes of its own."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path


WORDS_BYTES_MAX = 2000
"""Of stderr, kept for the log: its end names the cause."""
READ_BYTES = 256 * 1024
"""A keyframe of the largest rung in one read."""


class Child:
    """A running ffmpeg; `started` makes one and ends it."""

    def __init__(
        self, process: asyncio.subprocess.Process, outputs: Sequence[asyncio.StreamReader]
    ) -> None:
        assert process.stdin is not None
        assert process.stderr is not None
        self.outputs = outputs
        self.input_ended = False
        self._process = process
        self._stdin = process.stdin
        self._stderr = process.stderr
        self._words = b""
        self._cpu_s = 0.0

    @property
    def pid(self) -> int:
        return self._process.pid

    async def write(self, data: bytes) -> None:
        """Returns when the child is close to having taken it; raises ConnectionError when it is gone."""
        self._stdin.write(data)
        await self._stdin.drain()

    def keep_little(self, waiting_bytes: int) -> None:
        """``room`` waits as soon as more than this is written and not taken."""
        self._stdin.transport.set_write_buffer_limits(waiting_bytes)

    def write_soon(self, data: bytes) -> None:
        """Never waits: look at ``waiting_bytes``."""
        self._stdin.write(data)

    @property
    def waiting_bytes(self) -> int:
        return self._stdin.transport.get_write_buffer_size()

    async def room(self) -> None:
        """Returns when little waits; raises ConnectionError when the child is gone."""
        await self._stdin.drain()

    def end_input(self) -> None:
        self.input_ended = True
        self._stdin.close()

    async def listen(self, heard: Callable[[bytes], None] | None = None) -> None:
        """Keep the end of what it says on stderr, until it closes."""
        while data := await self._stderr.read(READ_BYTES):
            self._words = (self._words + data)[-WORDS_BYTES_MAX:]
            if heard is not None:
                heard(data)

    def words(self) -> str:
        lines = self._words.decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:])

    def cpu_s(self) -> float:
        """User and system CPU seconds so far; 0 where the system has no /proc."""
        if self._process.returncode is None:
            with suppress(FileNotFoundError, ProcessLookupError):
                fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
                self._cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return self._cpu_s

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        """Kill it if it runs, take its last words and reap it."""
        self.cpu_s()
        self.kill()
        self._stdin.close()
        await self.listen()
        await self._process.wait()


@asynccontextmanager
async def started(
    build: Callable[[Sequence[int]], list[str]], outputs: int, *, nice: int = 0
) -> AsyncIterator[Child]:
    """Start the command that ``build`` makes for the given pipe ends; killed and reaped on leaving.

    Raises OSError when it cannot be started.
    """
    pipes = _pipes(outputs)
    transports: list[asyncio.ReadTransport] = []
    try:
        process = await _spawn(build, [write for _, write in pipes])
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process.pid, nice)
        child = Child(process, [])
        try:
            child.outputs = [await _reader(pipes.pop(0)[0], transports) for _ in range(outputs)]
            yield child
        finally:
            await child.end()
    finally:
        for transport in transports:
            transport.close()
        for read, _ in pipes:
            os.close(read)


def _pipes(count: int) -> list[tuple[int, int]]:
    """All of them or none: at the limit of open files, what was opened would never be closed."""
    made: list[tuple[int, int]] = []
    try:
        made.extend(os.pipe() for _ in range(count))
    except OSError:
        for read, write in made:
            os.close(read)
            os.close(write)
        raise
    return made


async def _spawn(
    build: Callable[[Sequence[int]], list[str]], writes: Sequence[int]
) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *_tied(build(writes)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=writes,
        )
    finally:
        for write in writes:
            os.close(write)


def _tied(argv: list[str]) -> list[str]:
    """The command, killed when this process dies in any way: an ffmpeg that waits for a caller would
    keep its port from the process that comes after. Without Linux's setpriv it is the plain command."""
    setpriv = shutil.which("setpriv")
    if setpriv is None or not os.access(argv[0], os.X_OK):
        return argv
    return [setpriv, "--pdeathsig", "KILL", *argv]


async def _reader(fd: int, transports: list[asyncio.ReadTransport]) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=READ_BYTES)
    pipe = os.fdopen(fd, "rb", buffering=0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    transports.append(transport)
    return reader
