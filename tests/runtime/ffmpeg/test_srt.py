import asyncio
import stat
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doors import Doorkeeper

from manycast.media import flv
from manycast.model.media import Media, VideoConfig, VideoFrame
from manycast.model.refusals import RefusedError
from manycast.runtime.ffmpeg import srt
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.ffmpeg.srt import SrtAddress, SrtListener
from manycast.runtime.ingest import Caller, Publisher


Record = Callable[..., Awaitable[list[Media]]]
KEY = "correct-horse-battery"
PATIENCE_S = 20.0


class Stage(Doorkeeper):
    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.items: list[Media] = []
        self.reasons: list[str] = []

    def let_in(self, name: str, caller: Caller) -> Publisher:
        assert (name, caller) == ("live", Caller("srt:8890", "srt"))
        return self

    def media(self, item: Media) -> None:
        if self.refusal:
            raise RefusedError(self.refusal)
        self.items.append(item)

    def lost(self, reason: str, *, clean: bool) -> None:
        assert not clean
        self.reasons.append(reason)


async def take(binary: Binary, stage: Stage, visits: int) -> list[str]:
    """Listen until this many ffmpegs have ended; what the listener said of them."""
    notes: list[str] = []
    enough = asyncio.Event()

    def note(text: str) -> None:
        notes.append(text)
        if len(notes) == visits:
            enough.set()

    listener = SrtListener(binary, SrtAddress("127.0.0.1", 8890, "live", KEY), stage, note)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        task = group.create_task(listener.run())
        await enough.wait()
        task.cancel()
    return notes


@pytest.fixture
async def publisher(tmp_path: Path, record: Record) -> Callable[[bytes], Binary]:
    """An ffmpeg whose publisher sends the given FLV and leaves."""

    def make(stream: bytes) -> Binary:
        (tmp_path / "stream.flv").write_bytes(stream)
        script = tmp_path / "ffmpeg"
        script.write_text(
            "#!/bin/sh\n"
            f'echo "$*" >> {tmp_path}/calls\n'
            f"cat > {tmp_path}/script\n"
            'for out in "$@"; do :; done\n'
            f"cat {tmp_path}/stream.flv > /dev/fd/${{out#pipe:}}\n"
            "echo bye >&2\n"
        )
        script.chmod(stat.S_IRWXU)
        return Binary(str(script), "?")

    return make


def stream_of(media: list[Media]) -> bytes:
    tags = [
        flv.tag(item, getattr(item, "dts_ms", 0))
        for item in media
        if isinstance(item, VideoConfig | VideoFrame)
    ]
    return flv.header(audio=False) + b"".join(tags)


async def test_publishers_follow_one_another(
    publisher: Callable[[bytes], Binary], record: Record
) -> None:
    media = await record("-c:v", "libx264", seconds=0.2)
    stage = Stage()
    notes = await take(publisher(stream_of(media)), stage, 2)
    assert stage.items == media * 2
    assert stage.reasons == ["the publisher is gone (bye)"] * 2
    assert notes[0] == "srt port 8890: the publisher is gone (bye)"


async def test_the_key_is_on_no_command_line(
    publisher: Callable[[bytes], Binary], tmp_path: Path
) -> None:
    await take(publisher(b""), Stage(), 1)
    assert KEY not in (tmp_path / "calls").read_text()
    assert f"passphrase={KEY}" in (tmp_path / "script").read_text()


async def test_the_key_is_in_no_message(tmp_path: Path) -> None:
    script = tmp_path / "ffmpeg"
    script.write_text("#!/bin/sh\ncat >&2\n")  # repeats its script, as ffmpeg does for a taken port
    script.chmod(stat.S_IRWXU)
    stage = Stage()
    notes = await take(Binary(str(script), "?"), stage, 1)
    assert "passphrase=…" in notes[0]
    assert KEY not in notes[0]


async def test_a_refused_publisher_is_told_off_and_disconnected(
    publisher: Callable[[bytes], Binary], record: Record
) -> None:
    media = await record("-c:v", "libx264", seconds=0.2)
    stage = Stage(refusal="another publisher is live")
    notes = await take(publisher(stream_of(media)), stage, 1)
    assert "another publisher is live" in notes[0]
    assert len(stage.reasons) == 1


async def test_what_is_no_flv_is_refused(publisher: Callable[[bytes], Binary]) -> None:
    stage = Stage()
    notes = await take(publisher(b"nonsense, not FLV"), stage, 1)
    assert "FLV" in notes[0]
    assert stage.items == []


async def test_audio_is_converted_after_a_publisher_that_sent_nothing_usable(
    publisher: Callable[[bytes], Binary], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(srt, "BACKOFF_S", 0.001)
    await take(publisher(b""), Stage(), 2)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert "-c:a copy" in calls[0]
    assert "-c:a aac" in calls[1]


async def test_an_ffmpeg_that_does_not_start_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(srt, "BACKOFF_S", 0.001)
    notes = await take(Binary(str(tmp_path / "ffmpeg"), "?"), Stage(), 3)
    assert "does not start" in notes[2]


async def test_a_refused_caller_is_named_at_once(tmp_path: Path) -> None:
    script = tmp_path / "ffmpeg"
    script.write_text("#!/bin/sh\necho 'rejected: ERROR:BADSECRET' >&2\nexec sleep 1000\n")
    script.chmod(stat.S_IRWXU)
    notes = await take(Binary(str(script), "?"), Stage(), 1)
    assert notes == ["srt port 8890: a caller with a wrong key was refused"]


@pytest.mark.parametrize("key", ["short", "x" * 80])
def test_a_key_that_libsrt_does_not_take_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="10 to 79 characters"):
        SrtAddress("127.0.0.1", 8890, "live", key)


async def test_an_idle_listener_goes_at_once_when_its_passphrase_is_no_longer_one(
    tmp_path: Path,
) -> None:
    script = tmp_path / "ffmpeg"
    script.write_text(f"#!/bin/sh\ncat >> {tmp_path}/script\nexec sleep 1000\n")
    script.chmod(stat.S_IRWXU)
    address = SrtAddress("127.0.0.1", 8890, "live", KEY)
    listener = SrtListener(Binary(str(script), "?"), address, Stage(), print)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        task = group.create_task(listener.run())
        await said(tmp_path / "script", KEY)
        listener.move(address)
        listener.move(replace(address, passphrase="another-horse-battery"))
        await said(tmp_path / "script", "another-horse-battery")
        task.cancel()


async def test_a_publisher_on_the_air_stays_when_the_passphrase_changes(
    tmp_path: Path, record: Record
) -> None:
    media = await record("-c:v", "libx264", seconds=0.2)
    (tmp_path / "stream.flv").write_bytes(stream_of(media))
    script = tmp_path / "ffmpeg"
    script.write_text(
        "#!/bin/sh\n"
        f"cat >> {tmp_path}/script\n"
        'for out in "$@"; do :; done\n'
        f"cat {tmp_path}/stream.flv > /dev/fd/${{out#pipe:}}\n"
        f"while [ ! -e {tmp_path}/leave ]; do sleep 0.01; done\n"
    )
    script.chmod(stat.S_IRWXU)
    stage, address = Stage(), SrtAddress("127.0.0.1", 8890, "live", KEY)
    listener = SrtListener(Binary(str(script), "?"), address, stage, print)
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        task = group.create_task(listener.run())
        while len(stage.items) < len(media):  # noqa: ASYNC110  the stage tells nobody
            await asyncio.sleep(0.01)
        listener.move(replace(address, passphrase="another-horse-battery"))
        await asyncio.sleep(0.05)
        assert not stage.reasons
        (tmp_path / "leave").touch()
        await said(tmp_path / "script", "another-horse-battery")
        assert stage.reasons
        task.cancel()


async def said(script: Path, passphrase: str) -> None:
    """Wait until an ffmpeg was told to listen with it."""
    while f"passphrase={passphrase}'" not in text_of(script):  # noqa: ASYNC110  a process of its own writes it
        await asyncio.sleep(0.01)


def text_of(path: Path) -> str:
    return path.read_text() if path.exists() else ""
