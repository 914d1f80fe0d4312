import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.runtime.origin.conftest import FFMPEG, SETTINGS, Origin, running

from manycast.hls.checker import Checker, Observation, Violation
from manycast.hls.parse import MediaPlaylist, Segment, parse_media, parse_multivariant
from manycast.media import flv
from manycast.media.rtmp.broadcaster import Broadcaster
from manycast.model.media import AudioConfig, AudioFrame, Media, VideoConfig, VideoFrame
from manycast.runtime import clock
from manycast.runtime.channels import Channels
from manycast.runtime.origin import role
from manycast.settings.ladder import LadderSettings, RungTarget


pytestmark = pytest.mark.e2e

SECONDS = 9
SMALL = "96x64"
RECONNECT_S = 7.0
BRIDGED = round(RECONNECT_S * 3)
"""Pictures of the slate that every stream ends with: one a part."""
CONTINUITY = replace(
    SETTINGS,
    ladder=LadderSettings(targets=(RungTarget("48p", 48, 60_000, 30),), hardware=()),
    origin=replace(SETTINGS.origin, reconnect_ms=int(RECONNECT_S * 1000)),
    recording=replace(SETTINGS.recording, enabled=False),
)
LOOK_S = 0.2
PATIENCE_S = 90.0
"""For everything at once on a machine that has other things to do."""

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Timed = tuple[int, Media]
"""When to send, in milliseconds of the connection, and what."""


def command(
    video: str = "", audio: str = "-c:a aac", *, size: str = SMALL, rate: float = 30, gop: int = 30
) -> str:
    picture = f"-re -f lavfi -i testsrc2=s={size}:r={rate}:d={SECONDS}"
    sound = f"-re -f lavfi -i sine=d={SECONDS}" if audio else ""
    coded = f"-pix_fmt yuv420p -c:v libx264 -preset ultrafast -g {gop} -sc_threshold 0"
    return f"{picture} {sound} {coded} -threads 1 {video} {audio}"


@dataclass
class Watched:
    """What a viewer of every rendition of a stream was given."""

    stream: str
    violations: list[Violation] = field(default_factory=list)
    segments: dict[str, dict[int, Segment]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def seconds(self, rendition: str) -> float:
        return sum(s.duration_ms for s in self.segments[rendition].values()) / 1000

    def discontinuities(self, rendition: str) -> int:
        return sum(s.discontinuity for s in self.segments[rendition].values())


@dataclass
class Viewer:
    """Reloads every rendition's playlist as players do, until the stream ends."""

    origin: Origin
    stream: str
    checker: Checker = field(default_factory=Checker)

    def __post_init__(self) -> None:
        self.watched = Watched(self.stream)

    async def watch(self) -> Watched:
        path = f"/live/{self.stream}/index.m3u8"
        for _ in range(int(PATIENCE_S / LOOK_S)):
            status, body = await fetch(self.origin.http, path)
            if status == 200:
                break
            await asyncio.sleep(LOOK_S)
        self._judge(path, body)
        variants = parse_multivariant(body.decode()).variants
        async with asyncio.TaskGroup() as tasks:
            for variant in variants:
                tasks.create_task(self._follow(variant.uri.partition("/")[0]))
        return self.watched

    async def _follow(self, rendition: str) -> None:
        base, query = f"/live/{self.stream}/{rendition}", ""
        playlist: MediaPlaylist | None = None
        while playlist is None or not playlist.ended:
            status, body = await fetch(self.origin.http, f"{base}/index.m3u8{query}")
            if status == 503:
                continue
            assert status == 200, (rendition, query, status, body)
            self._judge(f"{base}/index.m3u8{query}", body)
            playlist = parse_media(body.decode())
            await self._collect(base, rendition, playlist)
            query = f"?_HLS_msn={playlist.next_msn}&_HLS_part={playlist.next_part}"

    async def _collect(self, base: str, rendition: str, playlist: MediaPlaylist) -> None:
        known = self.watched.segments.setdefault(rendition, {})
        for segment in playlist.segments:
            if segment.msn in known:
                continue
            known[segment.msn] = segment
            for name in (segment.init_uri, segment.uri):
                key = f"{rendition}/{name}"
                if key not in self.watched.files:
                    status, body = await fetch(self.origin.http, f"{base}/{name}")
                    assert status == 200, key
                    self.watched.files[key] = body

    def _judge(self, url: str, body: bytes) -> None:
        seen = Observation(clock.wall_ms(), url, body.decode())
        self.watched.violations += self.checker.add(seen)


async def fetch(port: int, path: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        found = re.search(r"(?i)content-length: (\d+)", head)
        assert found is not None, head
        return int(head.split()[1]), await reader.readexactly(int(found[1]))
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@dataclass(frozen=True)
class Decoded:
    frames: int
    sound_s: float
    errors: str


async def decoded(watched: Watched, rendition: str, folder: Path) -> Decoded:
    """What ffmpeg makes of all segments, one run for each initialisation segment."""
    groups: dict[str, bytes] = {}
    for segment in watched.segments[rendition].values():
        init = f"{rendition}/{segment.init_uri}"
        groups.setdefault(init, watched.files[init])
        groups[init] += watched.files[f"{rendition}/{segment.uri}"]
    name = f"{watched.stream}-{rendition}"
    files = [folder / f"{name}-{number}.mp4" for number in range(len(groups))]
    runs = [await _decode(*one) for one in zip(files, groups.values(), strict=True)]
    return Decoded(
        sum(run.frames for run in runs),
        sum(run.sound_s for run in runs),
        "".join(run.errors for run in runs),
    )


async def _decode(file: Path, body: bytes) -> Decoded:
    await asyncio.to_thread(file.write_bytes, body)
    sound = file.with_suffix(".pcm")
    # In ticks of the nominal rate, two pictures 33 ms apart at 30 a second may round to the same one.
    words = f"-v error -threads 1 -i {file} -map 0:v -fps_mode passthrough -enc_time_base demux -f null - -map 0:a -ac 1 -ar 8000 -f s16le {sound} -progress pipe:1"
    child = await ffmpeg(words, quiet=False)
    out, err = await child.communicate()
    frames = re.findall(r"frame=(\d+)", out.decode())
    return Decoded(int(frames[-1]), sound.stat().st_size / 16_000, err.decode())


async def ffmpeg(words: str, *, quiet: bool = True) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.DEVNULL if quiet else asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        FFMPEG,
        *shlex.split(words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=pipe,
        stderr=asyncio.subprocess.PIPE,
    )


async def publish(origin: Origin, stream: str, words: str, kill_after_s: float = 0) -> str:
    """Let a real ffmpeg publish in real time to its end, or until it is killed; what it complained of."""
    url = f"rtmp://127.0.0.1:{origin.rtmp}/live/{origin.key_of(stream)}"
    child = await ffmpeg(f"-v error {words} -f flv {url}")
    try:
        if kill_after_s:
            await asyncio.sleep(kill_after_s)
            child.kill()
        _, err = await child.communicate()
        return err.decode()
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()


async def clip(size: str = SMALL) -> list[Media]:
    """Nine seconds of a source, as an encoder would send it."""
    words = f"-v error {command('-tune zerolatency', size=size)} -f flv pipe:1"
    child = await ffmpeg(words.replace("-re ", ""), quiet=False)
    out, err = await child.communicate()
    assert not err, err
    return flv.Demuxer().feed(out)


def timed(media: Sequence[Media]) -> Iterator[Timed]:
    """Every item at its own time; the configs at once."""
    for item in media:
        if isinstance(item, VideoFrame | AudioFrame):
            yield item.dts_ms, item
        elif isinstance(item, VideoConfig | AudioConfig):
            yield 0, item


@asynccontextmanager
async def connected(origin: Origin, stream: str) -> AsyncIterator[tuple[Broadcaster, Link]]:
    link = await asyncio.open_connection("127.0.0.1", origin.rtmp)
    try:
        one = Broadcaster()
        link[1].write(one.opening(origin.key_of(stream)))
        yield one, link
        link[1].write(one.goodbye(origin.key_of(stream)))
        await link[1].drain()
    finally:
        link[1].close()
        with suppress(ConnectionError):
            await link[1].wait_closed()


async def send(origin: Origin, stream: str, script: Sequence[Timed]) -> None:
    """Send each item at its time; the timestamps are what the items say."""
    loop = asyncio.get_running_loop()
    async with connected(origin, stream) as (one, (_, writer)):
        began = loop.time()
        for at_ms, item in sorted(script, key=lambda timed: timed[0]):
            await asyncio.sleep(began + at_ms / 1000 - loop.time())
            time = item.dts_ms if isinstance(item, VideoFrame | AudioFrame) else at_ms
            assert isinstance(item, VideoFrame | AudioFrame | VideoConfig | AudioConfig)
            body = flv.tag(item, time)[11:-4]
            is_video = isinstance(item, VideoFrame | VideoConfig)
            writer.write(one.video(time, body) if is_video else one.audio(time, body))


def later(script: Sequence[Timed], by_ms: int) -> list[Timed]:
    """The same again, both sent and stamped later."""
    return [
        (
            at_ms + by_ms,
            replace(item, dts_ms=item.dts_ms + by_ms)
            if isinstance(item, VideoFrame | AudioFrame)
            else item,
        )
        for at_ms, item in script
    ]


def stamped(script: Sequence[Timed], from_ms: int, by_ms: int) -> list[Timed]:
    """Timestamps that jump at a moment."""
    return [
        (at_ms, replace(item, dts_ms=item.dts_ms + by_ms))
        if isinstance(item, VideoFrame | AudioFrame) and at_ms >= from_ms
        else (at_ms, item)
        for at_ms, item in script
    ]


def without_sound(script: Sequence[Timed], from_ms: int, until_ms: int) -> list[Timed]:
    return [
        (max(at_ms, until_ms), item)
        if isinstance(item, AudioConfig) and from_ms <= at_ms
        else (at_ms, item)
        for at_ms, item in script
        if not (isinstance(item, AudioFrame) and from_ms <= at_ms < until_ms)
    ]


PLAIN = (260, 274)
EVEN_SECONDS = "select='lt(mod(t,2),1)+not(mod(n,4))'"
EACH_SECOND = "-force_key_frames 'expr:gte(t,n_forced)'"
ENCODED: dict[str, tuple[str, tuple[int, int]]] = {
    "b-frames": (command("-preset veryfast -bf 2"), PLAIN),
    "no-sound": (command(audio=""), PLAIN),
    "uneven": (command(f'-vf "{EVEN_SECONDS}" -fps_mode vfr {EACH_SECOND}', gop=300), (160, 190)),
    "portrait": (command(size="64x96"), PLAIN),
    "mono-44100": (command(audio="-c:a aac -ar 44100 -ac 1"), PLAIN),
    "50-fps": (command(rate=50, gop=100), (430, 455)),
    "60-fps": (command(rate=60, gop=60), (520, 545)),
    "rare-keyframes": (command(gop=250), (90, 274)),
}
"""What an ffmpeg publishes, and how many pictures of it must be there."""


def scripts(plain: list[Timed], wide: list[Timed]) -> dict[str, list[Timed]]:
    """What broadcasters do that ffmpeg does not."""
    return {
        "late-sound": without_sound(plain, 0, 5000),
        "sound-stops": without_sound(plain, 3000, 6000),
        "jump-ahead": stamped(plain, 4000, 100_000),
        "jump-back": stamped(plain, 4000, -3500),
        "resized": [
            *(one for one in plain if one[0] < 5000),
            *later([one for one in wide if one[0] < 4000], 5000),
        ],
    }


RETURNING = "returning"
FORBIDDEN = "forbidden"
REFUSED = {"MP3": "-c:a libmp3lame", "ADPCM": "-c:a adpcm_swf -ar 44100"}
EVERYTHING = [*ENCODED, *scripts([], []), RETURNING]


@dataclass
class Result:
    watched: Watched
    decoded: dict[str, Decoded]


@dataclass
class Seen:
    results: dict[str, Result]
    refusals: dict[str, str]
    """What each broadcaster of what cannot be played was told."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Every broadcaster at once in two waves, each with a viewer of every rendition."""
    return asyncio.run(everything(tmp_path_factory.mktemp("continuity")))


@pytest.fixture(scope="module")
def results(seen: Seen) -> dict[str, Result]:
    return seen.results


async def everything(folder: Path) -> Seen:
    channels = Channels(folder / role.CHANNELS)
    for name in (*EVERYTHING, FORBIDDEN):
        channels.ensure(name)
    plain, wide = [list(timed(await clip(size))) for size in (SMALL, "128x64")]
    async with asyncio.timeout(PATIENCE_S), running(folder, CONTINUITY) as origin:
        first = {name: publish(origin, name, words) for name, (words, _) in ENCODED.items()}
        second: dict[str, Coroutine[None, None, object]] = {
            name: send(origin, name, script) for name, script in scripts(plain, wide).items()
        }
        second[RETURNING] = drop_and_return(origin, RETURNING)
        watched = await wave(origin, first) | await wave(origin, second)
        refusals = {
            said: await publish(origin, FORBIDDEN, command(audio=coded))
            for said, coded in REFUSED.items()
        }
    results = {name: await examined(one, folder) for name, one in watched.items()}
    return Seen(results, refusals)


async def drop_and_return(origin: Origin, stream: str) -> None:
    await publish(origin, stream, command(), kill_after_s=4)
    await asyncio.sleep(5)
    await publish(origin, stream, command(size="128x64"))


async def wave(
    origin: Origin, broadcasters: Mapping[str, Coroutine[None, None, object]]
) -> dict[str, Watched]:
    async with asyncio.TaskGroup() as tasks:
        for one in broadcasters.values():
            tasks.create_task(one)
        viewers = {name: tasks.create_task(Viewer(origin, name).watch()) for name in broadcasters}
    return {name: viewer.result() for name, viewer in viewers.items()}


async def examined(watched: Watched, folder: Path) -> Result:
    names = watched.segments
    return Result(watched, {name: await decoded(watched, name, folder) for name in names})


@pytest.mark.parametrize("name", EVERYTHING)
def test_whatever_is_published_plays_by_the_rules_in_every_rendition(
    results: dict[str, Result], name: str
) -> None:
    result = results[name]
    assert result.watched.violations == []
    assert set(result.decoded) == {"source", "48p"}
    for rendition, seen in result.decoded.items():
        assert seen.errors == ""
        assert seen.sound_s == pytest.approx(result.watched.seconds(rendition), abs=0.2)


@pytest.mark.parametrize("name", ENCODED)
def test_no_picture_is_lost(results: dict[str, Result], name: str) -> None:
    least, most = ENCODED[name][1]
    assert least <= results[name].decoded["source"].frames - BRIDGED <= most
    assert results[name].watched.seconds("source") == pytest.approx(SECONDS + RECONNECT_S, abs=0.8)
    assert results[name].watched.discontinuities("source") == 0


@pytest.mark.parametrize("name", ["jump-ahead", "jump-back", "sound-stops", "late-sound"])
def test_trouble_within_a_connection_costs_a_second_of_pictures_at_the_most(
    results: dict[str, Result], name: str
) -> None:
    seen = results[name]
    assert seen.decoded["source"].frames - BRIDGED >= PLAIN[0] - 35
    assert seen.watched.seconds("source") == pytest.approx(SECONDS + RECONNECT_S, abs=1.2)


@pytest.mark.parametrize(("name", "seconds"), [("resized", 9), (RETURNING, 18)])
def test_another_size_is_one_discontinuity_and_the_time_between_is_bridged(
    results: dict[str, Result], name: str, seconds: float
) -> None:
    seen = results[name].watched
    for rendition in ("source", "48p"):
        assert seen.discontinuities(rendition) == 1
        assert len({s.init_uri for s in seen.segments[rendition].values()}) == 2
        assert seen.seconds(rendition) == pytest.approx(seconds + RECONNECT_S, abs=1.5)


@pytest.mark.parametrize("said", REFUSED)
def test_what_cannot_be_played_is_refused_by_name(seen: Seen, said: str) -> None:
    assert said in seen.refusals[said]
