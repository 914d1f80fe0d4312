"""Our fragments in a real browser's Media Source Extensions."""

import base64
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import imageio_ffmpeg
import pytest
from playwright.sync_api import Page, sync_playwright

from manycast.media import cmaf, flv, silence
from manycast.media.cmaf import VideoSample
from manycast.model.media import AudioConfig, AudioFrame, Media, VideoConfig, VideoFrame


pytestmark = pytest.mark.e2e

EPOCH_S = 1_795_200_000
PICTURES = 25
FRAME_MS = 40
X264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")
AOM = ("-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime")
PLAY = """
async ([type, pieces]) => {
  if (!MediaSource.isTypeSupported(type)) return `unsupported: ${type}`;
  const video = document.createElement("video");
  video.muted = true;
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await new Promise((done) => (source.onsourceopen = done));
  const buffer = source.addSourceBuffer(type);
  for (const piece of pieces) {
    const settled = new Promise((done, fail) => {
      buffer.onupdateend = done;
      video.onerror = () => fail(video.error.message);
    });
    buffer.appendBuffer(Uint8Array.from(atob(piece), (letter) => letter.charCodeAt(0)));
    await settled;
  }
  const [start, end] = [buffer.buffered.start(0), buffer.buffered.end(0)];
  source.endOfStream();
  video.currentTime = start;
  await new Promise((done, fail) => {
    video.onended = done;
    setTimeout(() => fail(new Error(`stuck at ${video.currentTime - start} s`)), 20000);
    video.play();
  });
  const quality = video.getVideoPlaybackQuality();
  return {
    ranges: buffer.buffered.length, start, length: end - start, size: video.videoWidth,
    decoded: quality.totalVideoFrames, sound: video.webkitAudioDecodedByteCount,
  };
}
"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    options = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        yield browser.new_page()
        browser.close()


def recorded(words: tuple[str, ...]) -> list[Media]:
    seconds = PICTURES * FRAME_MS / 1000
    picture = ("-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={seconds}")
    tone = ("-f", "lavfi", "-i", f"sine=r=48000:d={seconds}")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *tone, *words]
    done = subprocess.run([*command, "-f", "flv", "-"], capture_output=True, check=True, timeout=60)
    return flv.Demuxer().feed(done.stdout)


def packaged(media: list[Media], part: int, silent: bool) -> tuple[str, list[bytes]]:
    video = next(item for item in media if isinstance(item, VideoConfig))
    audio = next(item for item in media if isinstance(item, AudioConfig))
    pictures = [item for item in media if isinstance(item, VideoFrame)]
    sounds = [item.data for item in media if isinstance(item, AudioFrame)]
    if silent:
        audio = silence.DEFAULT_SILENCE
        sounds = [silence.silent_frame(audio)] * len(sounds)
    pieces, heard = [cmaf.init_segment(video, audio)], 0
    for first in range(0, len(pictures), part):
        until = (first + part) * FRAME_MS * audio.sample_rate // (1000 * audio.frame_samples)
        shown = pictures[first : first + part]
        samples = [VideoSample(FRAME_MS, item.cts_ms, item.key, item.data) for item in shown]
        video_time = EPOCH_S * 1000 + FRAME_MS * first
        audio_time = EPOCH_S * audio.sample_rate + heard * audio.frame_samples
        chunk = cmaf.fragment(
            first, samples, video_time, sounds[heard:until], audio_time, audio.frame_samples
        )
        pieces.append((cmaf.RANDOM_ACCESS_MARK if shown[0].key else b"") + b"".join(chunk))
        heard = until
    return f'video/mp4; codecs="{video.codecs},{audio.codecs}"', pieces


@pytest.mark.parametrize(
    ("words", "part", "silent"),
    [
        ((*X264, "-c:a", "aac"), 8, False),
        ((*X264, "-c:a", "aac"), 1, False),
        ((*X264, "-c:a", "libopus"), 8, False),
        ((*X264, "-c:a", "aac"), 8, True),
        ((*AOM, "-c:a", "libopus"), 8, False),
        ((*AOM, "-c:a", "aac", "-ac", "6"), 1, False),
    ],
    ids=["avc-aac", "single frames", "avc-opus", "avc-silence", "av1-opus", "av1-surround"],
)
def test_chromium_plays_all_of_it(
    page: Page, words: tuple[str, ...], part: int, silent: bool
) -> None:
    media_type, pieces = packaged(recorded((*words, "-g", "10")), part, silent)
    encoded = [base64.b64encode(piece).decode() for piece in pieces]
    played: dict[str, Any] = page.evaluate(PLAY, [media_type, encoded])
    assert played["ranges"] == 1
    assert played["start"] == EPOCH_S
    assert played["length"] == pytest.approx(PICTURES * FRAME_MS / 1000, abs=0.05)
    assert played["size"] == 320
    assert played["decoded"] >= PICTURES - 3  # those still in the decoder at the end do not count
    assert played["sound"] > 0
