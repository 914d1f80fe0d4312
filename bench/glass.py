"""Delay from glass to glass: a whole network on free ports, and a real browser that reads the clock in the picture."""

import dataclasses
import itertools
import json
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from manycast.media import barcode
from manycast.runtime.channels import Channels
from manycast.runtime.origin.role import CHANNELS, FIRST_CHANNEL


SIZE = "640x360"
"""Small, so that encoding and decoding leave the cores to what is measured."""
READER = Path(__file__).with_name("glass.js")
GEOMETRY = {
    "rows": barcode.ROWS,
    "columns": barcode.COLUMNS,
    "row_height": barcode.ROW_HEIGHT,
    "time_bits": barcode.TIME_BITS,
    "probe": barcode.PROBE,
    "threshold": 128,  # the canvas holds full range, not the studio range of the luma plane
}
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
START_S_MAX = 90.0
"""The first start in a directory measures the machine's encoders."""
JOIN_S_MAX = 30.0
END_S_MAX = 15.0
ANSWER_S_MAX = 5.0
LOOK_S = 0.1


class StartError(Exception):
    """The network did not come up, or the page showed no picture."""


@dataclass
class Network:
    """Children of this process by role; ``edge`` is the port that viewers use."""

    edge: int
    children: Mapping[str, "subprocess.Popen[bytes]"]

    def url(self, host: str = "127.0.0.1", mode: str = "low") -> str:
        query = "" if mode == "low" else f"?mode={mode}"
        return f"http://{host}:{self.edge}/watch/{FIRST_CHANNEL}{query}"

    def state(self) -> str | None:
        url = f"http://127.0.0.1:{self.edge}/live/{FIRST_CHANNEL}/status.json"
        with suppress(OSError), urllib.request.urlopen(url, timeout=ANSWER_S_MAX) as reply:
            return str(json.load(reply)["state"])
        return None


@contextmanager
def network(
    directory: Path, settings: Mapping[str, Mapping[str, object]], size: str = SIZE
) -> Iterator[Network]:
    """An origin, an edge and a demo broadcaster, live when this yields."""
    rtmp, origin, edge = free_ports(3)
    addresses = {
        "rtmp": f"127.0.0.1:{rtmp}",
        "origin": f"127.0.0.1:{origin}",
        "srt_channels_max": 0,
    }
    config = directory / "settings.toml"
    config.write_text(toml({"network": addresses, **settings}))
    key = Channels(directory / CHANNELS).ensure(FIRST_CHANNEL)
    commands = {
        "origin": ("--config", str(config), "--dir", str(directory)),
        "edge": ("--parent", f"http://127.0.0.1:{origin}", "--listen", f"0.0.0.0:{edge}"),
        "demo": ("--url", f"rtmp://127.0.0.1:{rtmp}/live/{key}", "--size", size),
    }
    children: dict[str, subprocess.Popen[bytes]] = {}
    with ExitStack() as stack:
        for name, words in commands.items():
            children[name] = stack.enter_context(_child(name, *words))
            if name == "origin":
                _await(lambda: accepts(rtmp), "the origin does not listen")
        running = Network(edge, children)
        _await(lambda: running.state() == "live", "the demo is not live")
        yield running


@contextmanager
def _child(name: str, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A role that ends when this process does, in whatever way."""
    command = [sys.executable, "-m", "manycast.cli", name, "--follow", *words]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=END_S_MAX)


def _await(true: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + START_S_MAX
    while not true():
        if time.monotonic() > deadline:
            raise StartError(f"{otherwise} after {START_S_MAX:.0f} s; see the messages above")
        time.sleep(LOOK_S)


def accepts(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    """Tables of plain values; JSON writes those as TOML does."""
    return "\n".join(
        line
        for name, table in tables.items()
        for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items()))
    )


def chromium_path() -> str:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise StartError("no Chromium on this machine")
    return path


@contextmanager
def browser_page(
    url: str, chromium: str | None = None, viewport: tuple[int, int] = (960, 720)
) -> Iterator[Page]:
    """The page with a reader of the picture's clock in it, at the first frame.

    ``chromium``: path of the program to start; None takes the machine's.
    """
    path = chromium or chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        try:
            width, height = viewport
            page = browser.new_page(viewport={"width": width, "height": height})
            page.add_init_script(f"window.barcode = {json.dumps(GEOMETRY)};")
            page.add_init_script(path=READER)
            page.goto(url)
            page.wait_for_function("window.glass.joined_ms !== null", timeout=JOIN_S_MAX * 1000)
            yield page
        finally:
            browser.close()


@dataclass(frozen=True)
class Reading:
    """What a viewer saw; seconds."""

    p50_s: float
    p95_s: float
    longest_s: float
    """The largest delay."""
    stalls: int
    still_s: float
    """The longest that one frame stayed on screen."""
    join_s: float
    """From the navigation to the first frame."""
    frames_per_s: float
    unreadable: int
    badge_off_s: float
    """How far the delay that the page states is from the picture's: the median of the run."""
    figures: dict[str, Any]
    """What the page says of itself at the end."""

    def row(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def measure(page: Page, warm_up_s: float, seconds: float) -> Reading:
    """Let the player settle, then read every frame for ``seconds``."""
    page.wait_for_timeout(warm_up_s * 1000)
    page.evaluate("window.glass.reset()")
    page.wait_for_timeout(seconds * 1000)
    seen = page.evaluate("({ ...window.glass, figures: window.manycast })")
    return summary(seen, seconds)


def summary(seen: dict[str, Any], seconds: float) -> Reading:
    shown = [at_ms / 1000 for at_ms, _ in seen["frames"]]
    delays = sorted(delay_ms / 1000 for _, delay_ms in seen["frames"])
    if len(delays) < 2:
        raise StartError(f"{len(delays)} frames were read, {seen['unreadable']} were unreadable")
    return Reading(
        p50_s=quantile(delays, 0.5),
        p95_s=quantile(delays, 0.95),
        longest_s=delays[-1],
        stalls=len(seen["waits"]),
        still_s=max(after - before for before, after in itertools.pairwise(shown)),
        join_s=seen["joined_ms"] / 1000,
        frames_per_s=len(delays) / seconds,
        unreadable=seen["unreadable"],
        badge_off_s=statistics.median(
            [abs(stated - read) for stated, read in seen["badges"]] or [float("inf")]
        ),
        figures=dict(seen["figures"]),
    )


def quantile(ascending: Sequence[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]
