import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from manycast.runtime.processes import DRAIN_S_MAX, Child, role
from manycast.settings.http import HttpServerSettings


SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.read()"]
ECHO = [sys.executable, "-c", "import sys; sys.stdout.write(sys.stdin.readline()); sys.exit(3)"]
STUBBORN = """
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").close()
sys.stdin.read()
"""


async def started(child: Child) -> int:
    await child.spawned.wait()
    assert child.process is not None
    return child.process.pid


async def test_a_killed_child_comes_back_and_a_stopped_one_does_not() -> None:
    child = Child("sleeper", SLEEPER)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(child.run())
        first = await started(child)
        os.kill(first, signal.SIGKILL)
        assert child.process is not None
        await child.process.wait()
        child.spawned.clear()
        second = await started(child)
        assert second != first
        assert child.restarts == 1
        await child.stop()
    assert child.process is not None
    assert child.process.returncode == -signal.SIGTERM


@pytest.mark.parametrize(("usual_s", "drain_s"), [(0.2, None), (DRAIN_S_MAX, 0.2)])
async def test_a_child_that_ignores_the_signal_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, usual_s: float, drain_s: float | None
) -> None:
    monkeypatch.setattr("manycast.runtime.processes.DRAIN_S_MAX", usual_s)
    deaf = tmp_path / "deaf"
    os.mkfifo(deaf)
    child = Child("stubborn", [sys.executable, "-c", STUBBORN, str(deaf)], drain_s=drain_s)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(child.run())
        await asyncio.to_thread(deaf.read_bytes)
        await child.stop()
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


async def test_a_child_is_spoken_with_until_it_ends() -> None:
    said: list[bytes] = []
    ends: list[str] = []

    async def attend(process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        process.stdin.write(b"hello\n")
        said.append(await process.stdout.read())

    def lost(how: str) -> None:
        ends.append(how)
        group.create_task(child.stop())

    child = Child("echo", ECHO, attend=attend, lost=lost)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(child.run())
    assert said == [b"hello\n"]
    assert ends == ["ended with status 3"]


async def test_a_child_stopped_while_it_is_made_does_not_stay() -> None:
    child = Child("sleeper", SLEEPER)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        running = group.create_task(child.run())
        await asyncio.sleep(0)
        assert child._spawning.locked()
        await child.stop()
        await running
    assert child.process is not None
    assert child.process.returncode == -signal.SIGTERM


async def test_a_child_stopped_before_it_is_made_is_never_made() -> None:
    child = Child("sleeper", SLEEPER)
    await child.stop()
    await child.run()
    assert child.process is None


async def test_a_child_that_cannot_start_does_not_end_the_others(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child("missing", ["/nowhere/at/all"])
    monkeypatch.setattr(Child, "_pause", lambda one, _wait_s: one.stop())
    async with asyncio.timeout(20):
        await child.run()
    assert child.restarts == 1
    assert "missing does not start" in caplog.text


async def test_a_terminals_ctrl_c_reaches_only_the_supervisor() -> None:
    child = Child("sleeper", SLEEPER)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(child.run())
        assert os.getpgid(await started(child)) != os.getpgrp()
        await child.stop()


def test_a_role_may_drain_before_it_is_killed() -> None:
    assert HttpServerSettings().drain_s < DRAIN_S_MAX


def test_roles_run_in_this_interpreter() -> None:
    assert role("edge", "--listen", ":1") == [
        sys.executable,
        "-m",
        "manycast.cli",
        "edge",
        "--listen",
        ":1",
    ]
