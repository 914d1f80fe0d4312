import asyncio
import stat
from pathlib import Path

import pytest
from tests.doors import Doorkeeper

from manycast.origin.grants import grants_of
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.grants import Grants
from manycast.runtime.origin.srt import SrtPorts
from manycast.settings.network import NetworkSettings


@pytest.fixture
def binary(tmp_path: Path) -> Binary:
    """An ffmpeg that waits for a caller for ever, and leaves a note of where."""
    script = tmp_path / "ffmpeg"
    script.write_text(f"#!/bin/sh\nsed -n 's/^file //p' >> {tmp_path}/places\nexec sleep 1000\n")
    script.chmod(stat.S_IRWXU)
    return Binary(str(script), "?")


async def places(tmp_path: Path, count: int) -> list[str]:
    """What was listened to, once there are so many."""
    file = tmp_path / "places"
    while not (  # noqa: ASYNC110  a process of its own writes it
        file.exists() and len(file.read_text().splitlines()) >= count
    ):
        await asyncio.sleep(0.01)
    return [
        line.partition("?")[0].rpartition(":")[2] + " " + line.rpartition("=")[2].strip("'")
        for line in file.read_text().splitlines()
    ]


async def test_listeners_come_go_and_change_with_the_grants(tmp_path: Path, binary: Binary) -> None:
    grants = Grants(grants_of([("a", "phrase-of-a"), ("b", "phrase-of-b")], recording=False))
    settings = NetworkSettings(srt="127.0.0.1:7000", srt_channels_max=2)
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        srt = SrtPorts(settings, binary, grants, Doorkeeper(), tasks)
        srt.follow()
        assert sorted(await places(tmp_path, 2)) == ["7000 phrase-of-a", "7001 phrase-of-b"]
        grants.channels = grants_of([("c", "phrase-of-c"), ("b", "another-of-b")], recording=False)
        srt.follow()
        assert sorted((await places(tmp_path, 4))[2:]) == ["7000 phrase-of-c", "7001 another-of-b"]
        srt.close()


async def test_a_passphrase_that_libsrt_does_not_take_costs_only_its_channel(
    tmp_path: Path, binary: Binary, caplog: pytest.LogCaptureFixture
) -> None:
    grants = Grants(grants_of([("a", "short"), ("b", "phrase-of-b")], recording=False))
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        settings = NetworkSettings(srt=":7000")
        srt = SrtPorts(settings, binary, grants, Doorkeeper(), tasks)
        srt.follow()
        assert list(srt._listeners) == ["b"]
        assert "a: SRT needs a passphrase of 10 to 79 characters" in caplog.text
        srt.close()
