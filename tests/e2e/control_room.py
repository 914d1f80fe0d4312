"""`manycast up` with its dashboard on ports of its own, a broadcaster's line that can be slowed, and a person's browser."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from bench import glass
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)


PATIENCE_S = 60.0
"""Far beyond what anything here takes: a guard against hanging, never a measure."""
LOOK_S = 0.1
AXE = Path(__file__).parents[1] / "node/node_modules/axe-core/axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
SETTINGS: dict[str, dict[str, object]] = {
    "ladder": {
        "hardware": [],
        "targets": [
            {"name": "180p", "short_side": 180, "bitrate_bps": 200_000, "frame_rate_max": 30}
        ],
    },
}
CHUNK_BYTES = 4096
FRAMES = "video => video.getVideoPlaybackQuality().totalVideoFrames"


class Uplink:
    """A broadcaster's line: a TCP relay whose rate can be lowered while it carries."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.bytes_per_s: float | None = None
        """None: as fast as it goes."""
        self._closing = threading.Event()
        self._stack = ExitStack()
        self._listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CHUNK_BYTES)
        self.own_port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self._stack.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self.port))
                for one in (near, far):
                    one.settimeout(LOOK_S)
                self._threads += [
                    threading.Thread(target=self._carry, args=ends)
                    for ends in ((near, far, True), (far, near, False))
                ]
                for thread in self._threads[-2:]:
                    thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket, slow: bool) -> None:
        with source, suppress(OSError):
            while not self._closing.is_set():
                try:
                    piece = source.recv(CHUNK_BYTES)
                except TimeoutError:
                    continue
                if not piece:
                    break
                if slow and self.bytes_per_s:
                    self._closing.wait(len(piece) / self.bytes_per_s)
                self._send(sink, piece)
            sink.shutdown(socket.SHUT_WR)

    def _send(self, sink: socket.socket, piece: bytes) -> None:
        while piece and not self._closing.is_set():
            with suppress(TimeoutError):
                piece = piece[sink.send(piece) :]


@dataclass
class Room:
    """A running `manycast up`."""

    directory: Path
    control: int
    edge: int
    rtmp: int
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.control}"

    @property
    def said(self) -> str:
        return self.log.read_text()

    def setup_url(self) -> str:
        """The link for the first admin, as a person copies it from the terminal."""
        found = re.search(r"http://\S+/setup#\S+", self.said)
        assert found, f"no set-up link in:\n{self.said}"
        return found[0].replace("localhost", "127.0.0.1")

    def pid_of(self, role: str) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for pid in children.split():
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if role.encode() in words:
                    return int(pid)
        raise AssertionError(f"no {role} runs")

    def kill(self, role: str) -> None:
        os.kill(self.pid_of(role), signal.SIGKILL)


@contextmanager
def room(directory: Path, *words: str, **settings: dict[str, object]) -> Iterator[Room]:
    """The whole network, from the moment it says that it is up."""
    ports = glass.free_ports(4)
    names = ("rtmp", "origin", "edge", "control")
    network: dict[str, object] = {
        name: f"127.0.0.1:{port}" for name, port in zip(names, ports, strict=True)
    }
    config = directory / "manycast.toml"
    tables = {"network": network | {"srt_channels_max": 0}, **SETTINGS, **settings}
    config.write_text(_toml(tables))
    log = directory / "up.log"
    command = [sys.executable, "-m", "manycast.cli", "up"]
    command += ["--config", str(config), "--dir", str(directory / "data"), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    up = threading.Event()
    reading = threading.Thread(target=_copy, args=(process, log, up))
    reading.start()
    try:
        assert up.wait(PATIENCE_S), f"it did not come up:\n{log.read_text()}"
        assert process.poll() is None, log.read_text()
        yield Room(directory, ports[3], ports[2], ports[0], process, log)
    finally:
        process.terminate()
        reading.join(PATIENCE_S)
        process.wait(PATIENCE_S)


def _copy(process: "subprocess.Popen[bytes]", log: Path, up: threading.Event) -> None:
    assert process.stdout is not None
    with process.stdout as said, log.open("wb") as file:
        for line in said:
            file.write(line)
            file.flush()
            if b"manycast is up" in line:
                up.set()
    up.set()


def _toml(tables: dict[str, dict[str, object]]) -> str:
    lines = []
    for name, table in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {_value(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)


@contextmanager
def uplink(to: Room) -> Iterator[Uplink]:
    line = Uplink(to.rtmp)
    try:
        yield line
    finally:
        line.close()


@contextmanager
def publisher(
    url: str, size: str = "640x360", frame_rate: int = 30
) -> Iterator["subprocess.Popen[bytes]"]:
    """An ffmpeg that publishes a picture and a tone until the block ends."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-re"]
    command += ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={frame_rate}"]
    command += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"]
    command += ["-g", str(2 * frame_rate)]
    command += ["-b:v", "800k", "-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "flv", url]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@dataclass
class Person:
    """Somebody at a browser; ``problems`` holds what a page should never say."""

    page: Page
    screens: Path
    name: str
    problems: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ("/api/v1/session", "/settings/sign-on", "/live/", "status of 422")
    """Parts of what a browser notes itself: nobody is logged in yet, no picture is there
    yet, a form was filled in wrongly."""
    _shots: int = 0

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        said = f"{message.text} ({message.location.get('url')})"
        if message.type == "error" and not any(part in said for part in self.expected):
            self.problems.append(said)

    def shot(self, name: str) -> None:
        """A picture of the whole page, numbered as the session went."""
        self._shots += 1
        self.screens.mkdir(parents=True, exist_ok=True)
        path = self.screens / f"{self.name}-{self._shots:02}-{name}.png"
        self.page.screenshot(path=path, full_page=True, animations="disabled")

    def becomes(self, what: Locator, script: str) -> None:
        """Return when the script says so of the element."""
        for _ in range(int(PATIENCE_S / LOOK_S)):
            if what.evaluate(script):
                return
            self.page.wait_for_timeout(LOOK_S * 1000)
        raise AssertionError(f"it never became true: {script}")

    def plays(self, video: Locator, frames: int = 30) -> None:
        """Return when so many more pictures were shown."""
        before = video.evaluate(FRAMES)
        self.becomes(video, f"video => ({FRAMES})(video) >= {before + frames}")

    def settled(self) -> None:
        """Return when nothing on the page is loading any more."""
        expect(self.page.locator(".skeleton, [aria-busy=true]")).to_have_count(0)

    def accessible(self) -> None:
        """Fail with what axe finds on the page as it stands."""
        self.page.evaluate(AXE.read_text())
        found: list[dict[str, Any]] = self.page.evaluate(
            "async (tags) => (await axe.run(document, {runOnly: tags})).violations", AXE_RULES
        )
        told = [
            f"{one['id']} ({one['impact']}): {one['help']}\n    "
            + "\n    ".join(
                node["html"][:200] + " — " + node["failureSummary"] for node in one["nodes"]
            )
            for one in found
        ]
        assert not told, f"{self.page.url}\n" + "\n".join(told)

    def fits(self) -> None:
        """Nothing is cut off or scrolls sideways."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{self.page.url} is {wide} px wider than the screen"


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=glass.chromium_path(), args=list(glass.CHROMIUM_FLAGS)
        )
        try:
            yield running
        finally:
            running.close()


def context(running: Browser, *, phone: bool, dark: bool = False) -> BrowserContext:
    """A fresh profile on a phone or a desk; what the page copies can be read back."""
    return running.new_context(
        viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]  # a plain dict of both
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        color_scheme="dark" if dark else "light",
        permissions=["clipboard-read", "clipboard-write"],
        accept_downloads=True,
    )


ADMIN = {"name": "ada", "password": "an engine that weaves"}


class Caller:
    """Asks the API with the cookies of a browser, to prepare what a test is not about."""

    def __init__(self, to: Room, who: BrowserContext) -> None:
        self.api = f"{to.url}/api/v1"
        self.who = who
        self.token = ""

    def ask(self, method: str, path: str, body: object = None, **fields: str) -> Any:
        headers = {"X-CSRF-Token": self.token, "Origin": self.api.removesuffix("/api/v1"), **fields}
        reply = self.who.request.fetch(self.api + path, method=method, data=body, headers=headers)
        assert reply.ok, f"{method} {path}: {reply.status} {reply.text()}"
        said = reply.json() if reply.body() else None
        if isinstance(said, dict) and said.get("csrf_token"):
            self.token = said["csrf_token"]
        return said


def set_up(to: Room, who: BrowserContext) -> Caller:
    """The first admin, logged in with this browser."""
    caller = Caller(to, who)
    caller.ask("POST", "/setup", {"code": to.setup_url().partition("#")[2], **ADMIN})
    return caller


def log_in(to: Room, who: BrowserContext) -> Caller:
    caller = Caller(to, who)
    caller.ask("POST", "/session", ADMIN)
    return caller
