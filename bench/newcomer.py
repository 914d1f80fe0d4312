"""From an empty folder to a picture: clone, `make up`, a playlist, a frame in Chromium; seconds and megabytes.

HOME and every cache are fresh. Chromium is asked for only where the machine has one.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.network import free_ports


ROOT = Path(__file__).resolve().parent.parent
PATIENCE_S = 900.0
LOOK_S = 0.1
END_S = 30.0
PLAYS = "() => [...document.querySelectorAll('video')].some(v => v.currentTime > 0.2 && v.videoWidth > 0)"


def megabytes(folder: Path) -> float:
    """What a folder takes on the disk."""
    blocks = sum(entry.lstat().st_blocks for entry in folder.rglob("*") if not entry.is_symlink())
    return round(blocks * 512 / 1e6, 1)


@contextmanager
def made_up(
    checkout: Path, config: Path, home: Mapping[str, str]
) -> Iterator[tuple["subprocess.Popen[str]", list[tuple[float, str]]]]:
    """`make up`; its lines with their times until the block ends."""
    lines: list[tuple[float, str]] = []
    arguments = f"ARGS=--config {config}"
    process = subprocess.Popen(
        ["make", "up", arguments],  # noqa: S607  wherever the system has it
        cwd=checkout, env=home, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    out = process.stdout
    reading = threading.Thread(
        target=lambda: lines.extend((time.monotonic(), line.rstrip()) for line in out)
    )
    reading.start()
    try:
        yield process, lines
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        reading.join()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:  # noqa: S310  a loopback URL made below
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def playing(url: str, chromium: str) -> None:
    """Return when the page at ``url`` shows a moving picture; raises playwright's TimeoutError."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  only where there is a browser

    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        page = browser.new_page()
        page.goto(url)
        page.wait_for_function(PLAYS, timeout=60_000)
        browser.close()


def without_node(folder: Path, path: str) -> str:
    """A search path on which everything of ``path`` is found but Node and npm."""
    folder.mkdir()
    for place in map(Path, path.split(os.pathsep)):
        for program in place.iterdir() if place.is_dir() else ():
            link = folder / program.name
            if program.name not in {"node", "nodejs", "npm", "npx"} and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


def measure(folder: Path, *, node: bool) -> dict[str, object]:
    """Raises RuntimeError with what was printed when no playlist comes."""
    ports = dict(zip(("rtmp", "origin", "edge", "control"), free_ports(4), strict=True))
    config = folder / "manycast.toml"
    places = [f'{role} = "127.0.0.1:{port}"' for role, port in ports.items()]
    config.write_text("\n".join(["[network]", "srt_channels_max = 0", *places, ""]))
    (folder / "home").mkdir()
    home = {
        **os.environ,
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "home/.cache"),
    }
    home["PATH"] = os.pathsep.join(p for p in home["PATH"].split(os.pathsep) if ".venv" not in p)
    home.pop("VIRTUAL_ENV", None)
    if not node:
        home["PATH"] = without_node(folder / "programs", home["PATH"])
    checkout = folder / "manycast"
    url = f"http://127.0.0.1:{ports['edge']}"
    began = time.monotonic()
    clone = ["git", "clone", "--quiet", f"file://{ROOT}", str(checkout)]
    subprocess.run(clone, check=True, env=home)
    found: dict[str, object] = {"clone_s": round(time.monotonic() - began, 1)}
    with made_up(checkout, config, home) as (process, lines):
        while not answers(f"{url}/live/demo/index.m3u8"):
            if process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                raise RuntimeError("\n".join(line for _, line in lines))
            time.sleep(LOOK_S)
        found["playlist_s"] = round(time.monotonic() - began, 1)
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        if chromium:
            playing(f"{url}/watch/demo", chromium)
            found["picture_s"] = round(time.monotonic() - began, 1)
    found["steps_s"] = {
        line: round(at - began, 1)
        for at, line in lines
        if line.startswith("setup:") or "is up" in line
    }
    found["folder_mb"] = megabytes(checkout)
    found["parts_mb"] = {
        name: megabytes(checkout / name) for name in (".venv", "player/node_modules", ".git")
    }
    found["home_mb"] = megabytes(folder / "home")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--without-node", action="store_true", help="as where Node is not installed"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), node=not arguments.without_node)
    if arguments.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        shown = value.items() if isinstance(value, dict) else [("", value)]
        for step, figure in shown:
            print(f"{name:12} {figure!s:>8}  {step}", file=sys.stdout)


if __name__ == "__main__":
    main()
