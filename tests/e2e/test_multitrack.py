"""One publisher, three sizes, no encoder: from ffmpeg's E-RTMP multitrack to players."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import imageio_ffmpeg
import pytest
from bench.platforms.receiver import Receiver
from bench.platforms.rules import ANY
from bench.platforms.sending import sending
from playwright.async_api import Page, async_playwright
from tests.e2e.network import PATIENCE_S, STREAM, Network, child, drop, get, network
from tests.e2e.observers import Observers

from manycast.hls.checker import Checker
from manycast.hls.parse import parse_multivariant
from manycast.model.destinations import DestinationGrant
from manycast.runtime.http.client import Client, Parent
from manycast.settings.parents import ParentsSettings


pytestmark = pytest.mark.e2e

SIZES = ("640x360", "426x240", "256x144")
NAMES = ("source", "240p", "144p")
HEIGHTS = {"source": 360, "240p": 240, "144p": 144}
PORTRAIT = "240p-portrait"
WATCH_S = 6
PLAY_S = 7
CHROMIUM = "/usr/bin/chromium"
HUSH = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")


@asynccontextmanager
async def publisher(
    on: Network, *sizes: str, b_frames: int = 0
) -> AsyncIterator[asyncio.subprocess.Process]:
    """An ffmpeg that sends one picture in several sizes, each a track of its own."""
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-re"]
    words += ["-f", "lavfi", "-i", f"testsrc2=size={sizes[0]}:rate=30"]
    words += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    copies = "".join(f"[c{number}]" for number in range(len(sizes)))
    scaled = ";".join(
        f"[c{number}]scale={size.replace('x', ':')}[v{number}]" for number, size in enumerate(sizes)
    )
    words += ["-filter_complex", f"[0:v]split={len(sizes)}{copies};{scaled}"]
    for number in range(len(sizes)):
        words += ["-map", f"[v{number}]"]
    words += ["-map", "1:a", "-c:v", "libx264", "-preset", "ultrafast", "-bf", str(b_frames)]
    words += ["-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-b:v", "300k"]
    words += ["-pix_fmt", "yuv420p", "-c:a", "aac"]
    words += ["-f", "flv", f"rtmp://127.0.0.1:{on.rtmp}/live/{on.key}"]
    async with child(*words, stderr=asyncio.subprocess.DEVNULL) as process:
        yield process


async def offered(on: Network) -> list[str]:
    await on.on_air()
    playlist = await on.get(f"/live/{STREAM}/index.m3u8")
    variants = parse_multivariant(playlist.body.decode()).variants
    return [variant.uri.partition("/")[0] for variant in variants]


async def watched(on: Network, rendition: str) -> dict[str, float]:
    """What a swarm that follows one rendition by the rules of Low-Latency HLS got."""
    url = f"{on.url}/live/{STREAM}/index.m3u8"
    words = ["-m", "manycast.cli", "load", url, "--json", "--viewers", "2"]
    words += ["--seconds", str(WATCH_S), "--rendition", rendition]
    async with child(sys.executable, *words, stdout=asyncio.subprocess.PIPE) as process:
        said, _ = await process.communicate()
    found: dict[str, float] = json.loads(said)
    return found


async def encoders(on: Network) -> list[str]:
    """What the origin tells of its ladder's encoders."""
    async with Client([Parent("127.0.0.1", on.origin)], ParentsSettings()) as origin:
        metrics = await get(origin, "/metrics")
    lines = metrics.body.decode().splitlines()
    return [line for line in lines if line.startswith("manycast_ladder")]


@asynccontextmanager
async def browser_page(url: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(HUSH))
        page = await browser.new_page()
        await page.goto(url)
        yield page
        await browser.close()


async def play_each_size(on: Network) -> set[int]:
    """Heights that the watch page showed when each quality was chosen."""
    seen: set[int] = set()
    async with browser_page(f"{on.url}/watch/{STREAM}") as page:
        await page.wait_for_function("window.manycast?.state === 'live'", timeout=PATIENCE_S * 1000)
        for name in NAMES:
            await page.select_option("#quality", name)
            shown = f"document.querySelector('video').videoHeight === {HEIGHTS[name]}"
            await page.wait_for_function(shown, timeout=PATIENCE_S * 1000)
            seen.add(await page.evaluate("document.querySelector('video').videoHeight"))
    return seen


async def sent_on(on: Network, folder: Path) -> dict[str, tuple[int, int]]:
    """What size each of three places got that asked for different tracks."""
    feed = f"http://127.0.0.1:{on.origin}/live/{STREAM}/"
    got: dict[str, tuple[int, int]] = {}
    async with AsyncExitStack() as stack:
        for name in (NAMES[0], NAMES[1], PORTRAIT):
            place = await stack.enter_async_context(Receiver(name, ANY, folder))
            grant = DestinationGrant(
                id=f"dst_{name}", name=name, url=place.url, key=place.key, rendition=name
            )
            await stack.enter_async_context(sending(feed, grant))
            await place.until(lambda place=place: place.live)
            assert place.latest is not None
            assert place.latest.video is not None
            got[name] = (place.latest.video.width, place.latest.video.height)
    return got


async def test_one_publish_is_a_ladder_without_an_encoder_and_each_place_gets_its_track(
    tmp_path: Path,
) -> None:
    async with network(tmp_path) as on, publisher(on, *SIZES, "240x426"):
        assert await offered(on) == list(NAMES)
        async with asyncio.TaskGroup() as tasks:
            swarms = [tasks.create_task(watched(on, name)) for name in NAMES]
        for swarm in swarms:
            assert swarm.result()["errors"] == 0
            assert swarm.result()["parts"] > 0
        assert await play_each_size(on) == set(HEIGHTS.values())
        assert await sent_on(on, tmp_path) == {
            "source": (640, 360),
            "240p": (426, 240),
            PORTRAIT: (240, 426),
        }
        assert await encoders(on) == []


async def test_who_returns_with_fewer_tracks_leaves_no_viewer_behind(tmp_path: Path) -> None:
    """With B-frames, and by Apple's rules in each rendition all the way."""
    async with network(tmp_path) as on, asyncio.TaskGroup() as tasks:
        async with publisher(on, *SIZES, b_frames=2) as first:
            await on.on_air()
            observers = Observers(on.client)
            watching = tasks.create_task(observers.all())
            await asyncio.sleep(PLAY_S)
            drop(first)
            await on.becomes("reconnecting")
        async with publisher(on, SIZES[0], b_frames=2):
            await on.becomes("live")
            await asyncio.sleep(PLAY_S)
        await watching
    checker = Checker()
    found = [violation for one in observers.seen for violation in checker.add(one)]
    assert not found, found[:3]
    assert not observers.troubles
    assert {url.split("/")[3] for url in observers.lasted} == set(NAMES)
    assert all(playlist.ended for playlist in observers.lasted.values())
