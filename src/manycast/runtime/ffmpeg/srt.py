"""SRT ingest: an ffmpeg that listens for one channel's publisher and hands the stream on as FLV."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from manycast.media import flv
from manycast.media.errors import MediaError, UnsupportedError
from manycast.model.media import Media
from manycast.model.refusals import RefusedError
from manycast.runtime.ffmpeg.binary import Binary
from manycast.runtime.ffmpeg.child import READ_BYTES, Child, started
from manycast.runtime.ffmpeg.command import QUIET
from manycast.runtime.ingest import Door, Publisher


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
    key: str
    """The stream key: libsrt refuses a caller whose passphrase is another, before any media."""

    def __post_init__(self) -> None:
        if not PASSPHRASE_MIN <= len(self.key) <= PASSPHRASE_MAX:
            raise ValueError(
                f"SRT needs a stream key of {PASSPHRASE_MIN} to {PASSPHRASE_MAX} characters,"
                f" not {len(self.key)}: make another key for this channel"
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
            peer = f"srt:{self._address.port}"
            self._publisher = self._door.admit(self._address.key, peer)
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

    async def run(self) -> None:
        failures = 0
        while True:
            published = await self._take_one()
            failures = 0 if published else failures + 1
            await asyncio.sleep(min(BACKOFF_S_MAX, BACKOFF_S * 2**failures))

    async def _take_one(self) -> bool:
        """Whether a publisher came and sent media."""
        visit = _Visit(self._door, self._address)
        reason = "the server stops"
        try:
            async with started(self._argv, 1) as child:
                reason = await self._follow(child, visit)
            words = _without(self._address.key, child.words())
            reason = f"{reason} ({words or 'ffmpeg said nothing'})"
        except OSError as error:
            reason = f"{self._binary.path} does not start: {error}"
        finally:
            visit.lost(reason)
        self._on_note(f"srt port {self._address.port}: {reason}")
        return visit.published

    async def _follow(self, child: Child, visit: _Visit) -> str:
        """Why it ended."""
        await child.write(_script(self._address))
        child.end_input()
        async with asyncio.TaskGroup() as group:
            words = group.create_task(child.listen(self._heard))
            reason = await self._read(child.outputs[0], visit)
            words.cancel()
        return reason

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


def _without(key: str, words: str) -> str:
    """What ffmpeg said, fit for a log: it names addresses in full."""
    return words.replace(quote(key, safe=""), "…").replace(key, "…")


def _script(address: SrtAddress) -> bytes:
    """What ffmpeg reads from stdin: on its command line every user of the machine could see the key."""
    options = f"mode=listener&latency={LATENCY_US}&passphrase={quote(address.key, safe='')}"
    lines = (
        "ffconcat version 1.0",
        f"file 'srt://{address.host}:{address.port}?{options}'",
        f"option probesize {PROBE_BYTES}",
        f"option analyzeduration {PROBE_US}",
    )
    return "\n".join((*lines, "")).encode()
