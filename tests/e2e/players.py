"""Other people's players: ffmpeg, GStreamer, and what runs in a browser."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright
from tests.e2e.network import PATIENCE_S, STREAM, child


SHAKA = Path(__file__).parents[1] / "node/node_modules/shaka-player/dist/shaka-player.compiled.js"
PLAY_WITH_SHAKA = """
async (url) => {
  document.body.innerHTML = "<video muted autoplay></video>";
  window.problems = [];
  shaka.polyfill.installAll();
  window.player = new shaka.Player();
  const note = (error) =>
    window.problems.push(`${error.severity} ${error.code} ${error.data} ${error.code ? "" : error.stack ?? error}`);
  player.addEventListener("error", (event) => note(event.detail));
  await player.attach(document.querySelector("video"));
  player.configure({
    streaming: { lowLatencyMode: true }, abr: { defaultBandwidthEstimate: 50e6 },
  });
  await player.load(url).catch(note);
}
"""
FRAMES = "document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames"


@dataclass
class Played:
    """What a player without a window did."""

    name: str
    frames: int = 0
    log: str = ""
    status: int | None = None


async def ffmpeg(name: str, binary: str, url: str) -> Played:
    """Decode to nowhere at the pace it comes, to the end of the stream."""
    words = [binary, "-hide_banner", "-v", "warning", "-nostats", "-progress", "pipe:1"]
    words += ["-i", url, "-map", "0:v:0", "-map", "0:a:0", "-f", "null", "-"]
    played = await _run(name, words)
    counted = re.findall(r"^frame=(\d+)$", played.log, re.MULTILINE)
    played.frames = int(counted[-1]) if counted else 0
    said = played.log.splitlines()
    played.log = "\n".join(line for line in said if not re.match(r"^\w+=", line))
    return played


async def gstreamer(url: str) -> Played:
    """playbin3 takes hlsdemux2; its sinks print every buffer."""
    sinks = [
        f"{kind}-sink=fakesink name={kind} silent=false sync=true qos=false"
        for kind in ("video", "audio")
    ]
    played = await _run("gstreamer", ["gst-launch-1.0", "-v", "playbin3", f"uri={url}", *sinks])
    played.frames = len(re.findall(r"\(video:sink\)", played.log))
    played.log = "\n".join(re.findall(r"^(?:ERROR|WARNING).*", played.log, re.MULTILINE))
    return played


async def _run(name: str, words: list[str]) -> Played:
    pipe, both = asyncio.subprocess.PIPE, asyncio.subprocess.STDOUT
    async with child(*words, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=both) as process:
        said, _ = await process.communicate()
    return Played(name, log=said.decode(errors="replace"), status=process.returncode)


@dataclass
class Tab:
    """A page that plays, and the requests it made."""

    page: Page
    name: str
    blocking: int = 0
    parts: int = 0
    queries: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def _note(self, url: str) -> None:
        path, _, query = url.partition("?")
        self.blocking += "_HLS_msn" in query
        self.parts += re.search(r"/p\d+\.m4s$", path) is not None
        self.queries |= {pair.partition("=")[0] for pair in query.split("&") if pair}

    async def plays_on(self, frames: int = 60) -> None:
        """Return when so many more frames were decoded."""
        before = await self.page.evaluate(FRAMES)
        await self.page.wait_for_function(
            f"{FRAMES} >= {before + frames}", timeout=PATIENCE_S * 1000
        )


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "run tools/setup test"
    options = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=options)
        yield running
        await running.close()


async def shaka(running: Browser, url: str) -> Tab:
    tab = Tab(await running.new_page(), "shaka")
    await tab.page.goto(f"{url}/live/time")
    await tab.page.add_script_tag(path=SHAKA)
    await tab.page.evaluate(PLAY_WITH_SHAKA, f"{url}/live/{STREAM}/index.m3u8")
    return tab


async def watch_page(running: Browser, url: str) -> Tab:
    """hls.js on the project's own page."""
    tab = Tab(await running.new_page(), "watch page")
    await tab.page.goto(f"{url}/watch/{STREAM}")
    return tab
