import asyncio
import shlex
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
import pytest
import uvloop
from tests.doors import Doorkeeper

from manycast.media import flv
from manycast.model.media import (
    AudioCodec,
    AudioConfig,
    AudioFrame,
    Media,
    StreamInfo,
    VideoCodec,
    VideoConfig,
    VideoFrame,
)
from manycast.runtime import rtmp
from manycast.runtime.ingest import Caller
from manycast.settings.rtmp import RtmpSettings


pytestmark = pytest.mark.e2e

KEY = "secret-stream-key"
SYSTEM_FFMPEG = "/usr/bin/ffmpeg"
OWN_FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FRAMES = 50
SOURCES = f"-f lavfi -i testsrc2=s=128x96:r=25:d={FRAMES / 25} -f lavfi -i sine=r=48000:d=2"
X264 = "-c:v libx264 -bf 2 -g 25"
AAC = "-c:a aac"


class Stream:
    def __init__(self) -> None:
        self.items: list[Media] = []
        self.ends: list[bool] = []
        self.ended = asyncio.Event()

    def media(self, item: Media) -> None:
        self.items.append(item)

    def lost(self, reason: str, *, clean: bool) -> None:
        self.ends.append(clean)
        self.ended.set()


class Gate(Doorkeeper):
    def __init__(self) -> None:
        self.streams: list[Stream] = []

    def let_in(self, name: str, caller: Caller) -> Stream:
        assert name == KEY
        self.streams.append(Stream())
        return self.streams[-1]


async def run(command: str) -> None:
    """Run a publisher to its end; what it says is shown when it fails."""
    process = await asyncio.create_subprocess_exec(
        *shlex.split(command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(50):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode(errors="replace")


async def received_from(command: str, tls: ssl.SSLContext | None = None) -> Sequence[Media]:
    """What arrives of a publisher whose command names ``{url}``; it must say goodbye."""
    gate = Gate()
    listener = await rtmp.serve("127.0.0.1", 0, gate, RtmpSettings(), tls=tls)
    scheme = "rtmp" if tls is None else "rtmps"
    try:
        await run(command.format(url=f"{scheme}://127.0.0.1:{listener.port}/live/{KEY}"))
        (stream,) = gate.streams
        async with asyncio.timeout(5):
            await stream.ended.wait()
    finally:
        await listener.close()
    assert stream.ends == [True]
    return stream.items


def by_ffmpeg(binary: str, encoding: str, file: Path, options: str = "") -> str:
    """Publish and write to a file the very same packets."""
    slave = f"[f=flv{':' if options else ''}{options}]"
    return (
        f"{binary} -v error -y {SOURCES} -map 0:v -map 1:a -pix_fmt yuv420p {encoding}"
        f" -flags +global_header -f tee '[f=flv]{file}|{slave}{{url}}'"
    )


def check(received: Sequence[Media], file: Path, video: VideoCodec, audio: AudioCodec) -> None:
    """The stream as the file holds it: configurations first, every frame in order and whole."""
    info, *rest = received
    assert isinstance(info, StreamInfo)
    assert (info.has_video, info.has_audio, info.frame_rate) == (True, True, 25.0)
    assert rest == flv.Demuxer().feed(file.read_bytes())
    (picture,) = [item for item in rest if isinstance(item, VideoConfig)]
    (sound,) = [item for item in rest if isinstance(item, AudioConfig)]
    assert (picture.codec, picture.width, picture.height) == (video, 128, 96)
    assert (sound.codec, sound.sample_rate) == (audio, 48_000)
    frames = [item for item in rest if isinstance(item, VideoFrame)]
    assert len(frames) == FRAMES
    assert frames[0].key
    assert rest.index(picture) < rest.index(frames[0])
    for track in (frames, [item for item in rest if isinstance(item, AudioFrame)]):
        times = [item.dts_ms for item in track]
        assert times == sorted(times)
        assert times[-1] - times[0] == pytest.approx(2000, abs=60)


@pytest.mark.parametrize("binary", [SYSTEM_FFMPEG, OWN_FFMPEG], ids=["system", "own"])
async def test_ffmpeg_publishes_avc_and_aac(binary: str, tmp_path: Path) -> None:
    if not shutil.which(binary):
        pytest.skip(f"{binary} is not installed")
    file = tmp_path / "same.flv"
    received = await received_from(by_ffmpeg(binary, f"{X264} {AAC}", file))
    check(received, file, VideoCodec.AVC, AudioCodec.AAC)


@pytest.mark.parametrize("binary", [SYSTEM_FFMPEG, OWN_FFMPEG], ids=["system", "own"])
async def test_ffmpeg_publishes_beyond_24_bits_of_milliseconds(binary: str, tmp_path: Path) -> None:
    """As after 4 h 39 min: the timestamps get their extended form in the middle of the stream."""
    if not shutil.which(binary):
        pytest.skip(f"{binary} is not installed")
    file, late = tmp_path / "same.flv", "-output_ts_offset 16776.5"
    received = await received_from(
        by_ffmpeg(binary, f"{X264} {AAC}", file).replace("-f tee", f"{late} -f tee")
    )
    check(received, file, VideoCodec.AVC, AudioCodec.AAC)
    times = [item.dts_ms for item in received if isinstance(item, VideoFrame)]
    assert times[0] < 0xFFFFFF < times[-1]


@pytest.mark.parametrize(
    ("encoding", "video", "audio"),
    [
        (f"-c:v libx265 -x265-params log-level=0 {AAC}", VideoCodec.HEVC, AudioCodec.AAC),
        ("-c:v libsvtav1 -preset 12 -c:a libopus", VideoCodec.AV1, AudioCodec.OPUS),
        (f"{X264} -c:a libopus", VideoCodec.AVC, AudioCodec.OPUS),
    ],
    ids=["hevc", "av1", "avc"],
)
@pytest.mark.parametrize(
    "options", ["", "rtmp_enhanced_codecs=hvc1,av01"], ids=["plain", "enhanced"]
)
async def test_ffmpeg_publishes_enhanced_codecs(
    encoding: str, video: VideoCodec, audio: AudioCodec, options: str, tmp_path: Path
) -> None:
    file = tmp_path / "same.flv"
    received = await received_from(by_ffmpeg(OWN_FFMPEG, encoding, file, options))
    check(received, file, video, audio)


def test_ffmpeg_publishes_to_the_event_loop_of_the_roles(tmp_path: Path) -> None:
    file = tmp_path / "same.flv"
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        received = runner.run(received_from(by_ffmpeg(OWN_FFMPEG, f"{X264} {AAC}", file)))
    check(received, file, VideoCodec.AVC, AudioCodec.AAC)


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed: it makes the certificate")
    key, chain = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    words = [*make.split(), "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(chain)]
    subprocess.run(words, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key)
    return context


async def test_ffmpeg_publishes_over_tls(tls: ssl.SSLContext, tmp_path: Path) -> None:
    file = tmp_path / "same.flv"
    received = await received_from(
        by_ffmpeg(OWN_FFMPEG, f"{X264} {AAC}", file, "tls_verify=0"), tls
    )
    check(received, file, VideoCodec.AVC, AudioCodec.AAC)


async def test_ffmpeg_publishes_video_alone() -> None:
    received = await received_from(
        f"{OWN_FFMPEG} -v error {SOURCES} -map 0:v -pix_fmt yuv420p {X264} -f flv {{url}}"
    )
    assert isinstance(received[0], StreamInfo)
    assert (received[0].has_video, received[0].has_audio) == (True, False)
    assert len([item for item in received if isinstance(item, VideoFrame)]) == FRAMES


@pytest.mark.parametrize("sink", ["rtmp2sink", "rtmpsink"])
async def test_gstreamer_publishes_avc_and_aac(sink: str, tmp_path: Path) -> None:
    """The second sink stands on librtmp, as OBS does."""
    if not shutil.which("gst-launch-1.0"):
        pytest.skip("GStreamer is not installed")
    file = tmp_path / "same.flv"
    received = await received_from(
        f"gst-launch-1.0 -q videotestsrc num-buffers={FRAMES}"
        " ! video/x-raw,format=I420,width=128,height=96,framerate=25/1"
        " ! x264enc tune=zerolatency key-int-max=25 ! h264parse ! flvmux name=mux streamable=true"
        f" ! tee name=both ! queue ! filesink location={file}"
        f" both. ! queue ! {sink} location={{url}}"
        " audiotestsrc num-buffers=94 ! audio/x-raw,rate=48000 ! avenc_aac ! aacparse ! mux."
    )
    check(received, file, VideoCodec.AVC, AudioCodec.AAC)
