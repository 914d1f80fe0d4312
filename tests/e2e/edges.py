"""Edges as processes of their own."""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager


PATIENCE_S = 60


@asynccontextmanager
async def edge_process(
    *words: str, listen: int = 0, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """The process and its port, once it serves; at the end it leaves in order, or was killed by its test."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "manycast.cli", "edge", "--listen", f"127.0.0.1:{listen}", *words,
        stdout=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            said = (await process.stdout.readline()).decode()
        found = re.match(r"edge: https?://127\.0\.0\.1:(\d+) in front of ", said)
        assert found is not None, said
        yield process, int(found[1])
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(PATIENCE_S):
            assert await process.wait() in {0, -signal.SIGKILL}
