"""One run with a drop, a return and a change of the source, read by every player through an edge."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
import pytest
from tests.e2e.network import STREAM, Got, Network, drop, network, nginx, publisher
from tests.e2e.observers import Observers
from tests.e2e.players import Played, Tab, browser, ffmpeg, gstreamer, shaka, watch_page
from tests.e2e.replies import KINDS, PLAYLIST, collect

from manycast.hls.checker import Checker, Violation


pytestmark = pytest.mark.e2e

RUN_S_MAX = 180
LIVE_S = 16
"""Of each of the three takes: longer than CAN-SKIP-UNTIL, so that delta updates skip something."""
AWAY_S = 6
BEFORE, AFTER = "640x360", "480x270"
FRAME_RATE = 30
NODE = shutil.which("node", path=Path(__file__).parents[2] / ".venv/bin") or shutil.which("node")
STRICT = Path(__file__).parents[1] / "node/check.mjs"
HARMLESS = {
    "Found duplicated MOOV Atom": "the init segment is read again after each discontinuity",
    "Last message repeated": "of a line above it",
    "non monotonically increasing dts to muxer": "its null output counts in frames of 1/30 s",
}

RECOVERABLE = "1 "
"""Shaka's severity of what it tries again by itself: the last hinted part, which never comes, and
whatever a busy machine makes late. That it goes on is counted."""


@dataclass
class Run:
    """What was seen of it."""

    observers: Observers
    played: dict[str, Played] = field(default_factory=dict)
    tabs: dict[str, Tab] = field(default_factory=dict)
    replies: dict[str, tuple[Got, Got]] = field(default_factory=dict)
    behind_nginx: Observers | None = None
    live_s: float = 0.0
    log: str = ""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("network")
    seen = asyncio.run(_run(directory))
    seen.log = "".join(log.read_text() for log in directory.glob("*.log"))
    return seen


async def _run(directory: Path) -> Run:
    async with (
        asyncio.timeout(RUN_S_MAX),
        network(directory) as on,
        nginx(on, directory) as cache,
        browser() as running,
    ):
        seen = Run(Observers(on.client), behind_nginx=Observers(cache) if cache else None)
        async with publisher(on, BEFORE) as first:
            await on.on_air()
            async with asyncio.TaskGroup() as tasks:
                _watch(on, seen, tasks)
                seen.tabs = {
                    "shaka": await shaka(running, on.url),
                    "hls.js": await watch_page(running, on.url),
                }
                seen.replies = await collect(on)
                await _play(seen, first)
                drop(first)
                await asyncio.sleep(AWAY_S)
                await _return(on, seen)
        for tab in seen.tabs.values():
            tab.problems += await tab.page.evaluate("window.problems ?? []")
    return seen


async def _return(on: Network, seen: Run) -> None:
    for size in (BEFORE, AFTER):
        async with publisher(on, size) as again:
            await on.becomes("live")
            await _play(seen, again)
        await on.becomes("reconnecting")
    await on.becomes("ended")


def _watch(on: Network, seen: Run, tasks: asyncio.TaskGroup) -> None:
    """Observers and players, all of which leave when the stream ends."""
    top = f"{on.url}/live/{STREAM}"

    async def keep(player: Coroutine[None, None, Played]) -> None:
        played = await player
        seen.played[played.name] = played

    tasks.create_task(seen.observers.all())
    own = imageio_ffmpeg.get_ffmpeg_exe()
    tasks.create_task(keep(ffmpeg("ffmpeg", "ffmpeg", f"{top}/index.m3u8")))
    tasks.create_task(keep(ffmpeg("own ffmpeg", own, f"{top}/source/index.m3u8")))
    tasks.create_task(keep(gstreamer(f"{top}/index.m3u8")))
    if seen.behind_nginx is not None:
        ended = asyncio.Event()
        for _ in range(2):
            tasks.create_task(seen.behind_nginx.follow(PLAYLIST, ended, media=True))


async def _play(seen: Run, process: asyncio.subprocess.Process) -> None:
    """Let a take play while the browser's players prove that they go on."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for tab in seen.tabs.values():
        await tab.plays_on()
    await asyncio.sleep(max(0.0, LIVE_S - (loop.time() - began)))
    assert process.returncode is None
    seen.live_s += loop.time() - began


def _violations(observers: Observers) -> list[Violation]:
    checker = Checker()
    return [violation for seen in observers.seen for violation in checker.add(seen)]


def test_our_checker_finds_nothing_in_any_playlist(run: Run) -> None:
    assert run.observers.troubles == []
    assert _violations(run.observers) == []


def test_the_run_had_what_it_is_meant_to_show(run: Run) -> None:
    texts = [seen.text for seen in run.observers.seen]
    assert any("#EXT-X-SKIP" in text for text in texts)
    assert max(text.count("#EXT-X-DISCONTINUITY\n") for text in texts) == 2
    inits = {found for text in texts for found in re.findall(r'MAP:URI="([^"]+)"', text)}
    assert len(inits) >= 2
    assert all(playlist.ended for playlist in run.observers.lasted.values())


def test_hls_parser_in_strict_mode_finds_nothing(run: Run) -> None:
    assert NODE, "run tools/setup test"
    texts = sorted({seen.text for seen in run.observers.seen})
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run(
        [NODE, STRICT], input=lines, capture_output=True, text=True, check=True, timeout=60
    )
    complaints = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(complaints) == len(texts)
    assert set(complaints) == {None}


@pytest.mark.parametrize("name", ["ffmpeg", "own ffmpeg", "gstreamer"])
def test_players_without_low_latency_decode_the_stream_to_its_end(run: Run, name: str) -> None:
    played = run.played[name]
    said = [line for line in played.log.splitlines() if not any(h in line for h in HARMLESS)]
    assert said == []
    assert played.status == 0
    assert played.frames >= 0.8 * FRAME_RATE * run.live_s


@pytest.mark.parametrize("name", ["shaka", "hls.js"])
def test_players_in_browsers_go_on_by_parts_across_the_drop_and_the_change(
    run: Run, name: str
) -> None:
    tab = run.tabs[name]
    assert [said for said in tab.problems if not said.startswith(RECOVERABLE)] == []
    assert tab.blocking > run.live_s
    assert tab.parts > run.live_s


def test_every_viewer_asks_for_the_same_urls(run: Run) -> None:
    for seen in run.observers.seen:
        named = re.findall(r'URI="([^"]+)"', seen.text)
        named += [line for line in seen.text.splitlines() if not line.startswith("#")]
        assert not [uri for uri in named if "?" in uri or "://" in uri]
    for tab in run.tabs.values():
        assert tab.queries <= {"_HLS_msn", "_HLS_part", "_HLS_skip"}


@pytest.mark.parametrize("name", KINDS)
def test_caches_are_told_what_they_may_keep(run: Run, name: str) -> None:
    kind, replies = KINDS[name], run.replies[name]
    for got in replies:
        assert (got.status, got.field("cache-control")) == (kind.status, kind.cache_control)
        assert got.field("set-cookie") is None
        assert got.field("vary") in {None, "accept-encoding"}
        if kind.max_age is not None:
            assert 0 <= int(got.field("age") or -1) <= kind.max_age
    again = replies[1].field("cache-status") or ""
    if kind.max_age is None:
        assert "hit" not in again
    elif kind.max_age > 1:
        assert "hit" in again
        assert replies[0].body == replies[1].body


def test_a_cache_that_knows_nothing_of_live_streams_can_stand_before_the_edge(run: Run) -> None:
    viewers = run.behind_nginx
    if viewers is None:
        pytest.skip("nginx is not installed")
    assert viewers.troubles == []
    assert _violations(viewers) == []
    assert viewers.media > 2 * run.live_s
    assert viewers.hits > run.live_s


def test_the_roles_report_no_fault_of_their_own(run: Run) -> None:
    assert "Traceback" not in run.log
