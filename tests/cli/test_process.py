import asyncio
import logging
import os
import signal

import pytest

from manycast.cli.process import run_role


def test_a_role_ends_well_on_sigterm() -> None:
    async def role(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await stop.wait()

    assert run_role("test", role, follows=False) == 0


def test_the_addresses_that_a_role_asks_are_in_no_log() -> None:
    async def role(stop: asyncio.Event) -> None:
        stop.set()

    assert run_role("test", role, follows=False) == 0
    assert not logging.getLogger("httpx2").isEnabledFor(logging.INFO)


def test_a_role_whose_supervisor_is_gone_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()

    async def role(stop: asyncio.Event) -> None:
        os.close(write)
        async with asyncio.timeout(20):
            await stop.wait()

    with os.fdopen(read) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run_role("test", role, follows=True) == 0


def test_a_second_ctrl_c_does_not_wait_for_the_end() -> None:
    async def role(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await stop.wait()
        os.kill(os.getpid(), signal.SIGINT)
        async with asyncio.timeout(20):
            await asyncio.Event().wait()

    with pytest.raises(KeyboardInterrupt):
        run_role("test", role, follows=False)


def test_a_role_that_cannot_start_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    async def role(stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup():
            raise OSError("port 1935 is taken")

    assert run_role("test", role, follows=False) == 1
    assert "manycast test: port 1935 is taken" in capsys.readouterr().err
