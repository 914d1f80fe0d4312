"""SRT ingest: an ffmpeg that listens for one channel's publisher and hands the stream on as FLV."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from manycast.media import flv
from manycast.media.errors import MediaError, UnsupportedError
from manycast.model.media import Media
from manycast.model.refusals import RefusedError
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.ffmpeg.child import READ_BYTES, Child, started
from manycast.runtime.ffmpeg.command import QUIET
from manycast.runtime.ingest import Caller, Door, Publisher


PASSPHRASE_MIN, PASSPHRASE_MAX = 10, 79
"""libsrt's limits."""
LATENCY_US = 120_000
"""How long libsrt waits for packets sent again: its own default, four round trips of 30 ms."""
PROBE_BYTES, PROBE_US = 500_000, 500_000
"""MPEG-TS says what is in it only by example; half a second holds some of every track."""
BACKOFF_S, BACKOFF_S_MAX = 0.1, 10.0
"""Before listening again; doubles while no publisher comes to media (the port is taken)."""
WRONG_KEY = b"BADSECRET"
"""What libsrt calls it."""
PROTOCOLS = "pipe,fd,file,srt,udp"

OnNote = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SrtAddress:
    """Where one channel's publisher calls."""

    host: str
    port: int
    channel: str
    passphrase: str = field(repr=False)
    """libsrt refuses a caller who has another one, before any media."""

    def __post_init__(self) -> None:
        if not PASSPHRASE_MIN <= len(self.passphrase) <= PASSPHRASE_MAX:
            raise ValueError(
                f"SRT needs a passphrase of {PASSPHRASE_MIN} to {PASSPHRASE_MAX} characters,"
                f" not {len(self.passphrase)}: make another one for {self.channel}"
            )


class _Visit:
    """One caller, from the first media to the end."""

    def __init__(self, door: Door, address: SrtAddress) -> None:
        self._door = door
        self._address = address
        self._publisher: Publisher | None = None

    @property
    def published(self) -> bool:
        return self._publisher is not None

    def media(self, item: Media) -> None:
        """Raises RefusedError."""
        if self._publisher is None:
            caller = Caller(f"srt:{self._address.port}", "srt")
            self._publisher = self._door.enter(self._address.channel, caller)
        self._publisher.media(item)

    def lost(self, reason: str) -> None:
        # A caller's farewell and its loss look the same through ffmpeg.
        if self._publisher is not None:
            self._publisher.lost(reason, clean=False)


class SrtListener:
    """Takes one publisher after the other, for as long as ``run`` is not cancelled."""

    def __init__(self, binary: Binary, address: SrtAddress, door: Door, on_note: OnNote) -> None:
        self._binary = binary
        self._address = address
        self._door = door
        self._on_note = on_note
        self._audio = "copy"
        """Until a publisher comes whose audio cannot be carried as it is."""
        self._moved = asyncio.Event()

    def move(self, address: SrtAddress) -> None:
        """Listen there, or for another passphrase; who publishes already may stay."""
        if address != self._address:
            self._address = address
            self._moved.set()

    async def run(self) -> None:
        failures = 0
        while True:
            published = await self._take_one()
            failures = 0 if published else failures + 1
            await asyncio.sleep(min(BACKOFF_S_MAX, BACKOFF_S * 2**failures))

    async def _take_one(self) -> bool:
        """Whether a publisher came and sent media."""
        address = self._address
        visit = _Visit(self._door, address)
        self._moved.clear()
        reason = "the server stops"
        try:
            async with started(self._argv, 1) as child:
                reason = await self._follow(child, visit, address)
            words = _without(address.passphrase, child.words())
            reason = f"{reason} ({words or 'ffmpeg said nothing'})"
        except OSError as error:
            reason = f"{self._binary.path} does not start: {error}"
        finally:
            visit.lost(reason)
        self._on_note(f"srt port {address.port}: {reason}")
        return visit.published

    async def _follow(self, child: Child, visit: _Visit, address: SrtAddress) -> str:
        """Why it ended."""
        await child.write(_script(address))
        child.end_input()
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(child.listen(self._heard)),
                group.create_task(self._make_way(child, visit)),
            ]
            reason = await self._read(child.outputs[0], visit)
            for task in beside:
                task.cancel()
        return reason

    async def _make_way(self, child: Child, visit: _Visit) -> None:
        """An ffmpeg that waits for a caller with what is no longer the passphrase has to go."""
        await self._moved.wait()
        if not visit.published:
            child.kill()

    def _heard(self, words: bytes) -> None:
        if WRONG_KEY in words:
            self._on_note(f"srt port {self._address.port}: a caller with a wrong key was refused")

    async def _read(self, output: asyncio.StreamReader, visit: _Visit) -> str:
        demuxer = flv.Demuxer()
        while data := await output.read(READ_BYTES):
            try:
                for item in demuxer.feed(data):
                    visit.media(item)
            except UnsupportedError as error:
                self._audio = "aac"
                return f"{error}; audio will be converted when the publisher is back"
            except (MediaError, RefusedError) as error:
                return str(error)
        if not visit.published:
            # Most likely FLV cannot hold this audio; converting AAC as well would do no harm.
            self._audio = "aac"
        return "the publisher is gone"

    def _argv(self, outputs: Sequence[int]) -> list[str]:
        return [
            *(self._binary.path, *QUIET, "-probesize", "32", "-analyzeduration", "0"),
            *("-f", "concat", "-safe", "0", "-protocol_whitelist", PROTOCOLS, "-i", "pipe:0"),
            *("-c:v", "copy", "-c:a", self._audio, "-flush_packets", "1"),
            *("-flvflags", "no_duration_filesize", "-f", "flv", f"pipe:{outputs[0]}"),
        ]


def _without(passphrase: str, words: str) -> str:
    """What ffmpeg said, fit for a log: it names addresses in full."""
    return words.replace(quote(passphrase, safe=""), "…").replace(passphrase, "…")


def _script(address: SrtAddress) -> bytes:
    """What ffmpeg reads from stdin: on its command line every user of the machine could see the passphrase."""
    options = f"mode=listener&latency={LATENCY_US}&passphrase={quote(address.passphrase, safe='')}"
    lines = (
        "ffconcat version 1.0",
        f"file 'srt://{address.host}:{address.port}?{options}'",
        f"option probesize {PROBE_BYTES}",
        f"option analyzeduration {PROBE_US}",
    )
    return "\n".join((*lines, "")).encode()
