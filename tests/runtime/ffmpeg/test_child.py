import asyncio
import os
import resource
import shutil
import signal
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from manycast.runtime.ffmpeg.child import started


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def echo(outputs: Sequence[int]) -> list[str]:
    return shell(f"cat >/dev/fd/{outputs[0]}; echo done >/dev/fd/{outputs[1]}")


def open_files() -> set[str]:
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


async def test_each_output_has_its_own_pipe() -> None:
    async with started(echo, 2) as child:
        await child.write(b"frames")
        child.end_input()
        assert await child.outputs[0].read() == b"frames"
        assert await child.outputs[1].read() == b"done\n"


async def test_leaving_kills_reaps_and_closes_everything() -> None:
    async with started(echo, 2):
        pass
    before = open_files()
    async with started(lambda _: shell("exec sleep 1000"), 2) as child:
        pid = child.pid
    assert open_files() <= before
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_its_last_words_are_kept() -> None:
    async with started(lambda _: shell("echo one >&2; echo two >&2; exit 1"), 1) as child:
        assert await child.outputs[0].read() == b""
    assert child.words() == "one / two"


async def test_it_can_be_made_to_give_way_to_others() -> None:
    async with started(lambda _: shell("exec sleep 1000"), 0, nice=10) as child:
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == 10


async def test_a_program_that_is_not_there_leaks_nothing() -> None:
    async with started(echo, 2):
        pass
    before = open_files()
    with pytest.raises(FileNotFoundError):
        async with started(lambda _: ["/nowhere/ffmpeg"], 3):
            pass
    assert open_files() <= before


async def test_at_the_limit_of_open_files_nothing_leaks() -> None:
    async with started(echo, 2):
        pass
    before = open_files()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            async with started(echo, 100):
                pass
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert open_files() <= before


ORPHAN = """
import asyncio, os, signal, sys
from manycast.runtime.ffmpeg.child import started

async def main():
    async with started(lambda _: [sys.argv[1], sys.argv[2]], 0) as child:
        with open(sys.argv[2]) as alive:
            alive.readline()
            os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="Linux's setpriv is not here")
async def test_a_child_does_not_outlive_a_process_that_is_killed(tmp_path: Path) -> None:
    script, alive = tmp_path / "waits", tmp_path / "alive"
    script.write_text('#!/bin/sh\nexec 9<>"$1"\necho alive >&9\nexec sleep 30\n')
    script.chmod(stat.S_IRWXU)
    os.mkfifo(alive)
    reader = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ORPHAN, str(script), str(alive)
    )
    async with asyncio.timeout(20):
        assert await parent.wait() == -signal.SIGKILL
        os.set_blocking(reader, True)
        assert await asyncio.to_thread(os.read, reader, 1) == b""
    os.close(reader)
