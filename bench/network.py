"""A whole network on free ports for one measurement: `manycast up`, a broadcaster, their processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from manycast.runtime.channels import Channels
from manycast.runtime.origin.role import CHANNELS


READY_S = 60.0
"""For starting and, the first time in a folder, for measuring what the encoders cost."""
STOP_S = 20.0
LOOK_S = 0.05
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
CHANNEL = "live"
FFMPEG = (imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error")
NOISE = "noise=alls=12:allf=t"
"""Film grain: encoders and decoders meet no easier pictures live."""


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; each stays free for as long as nobody else asks for it."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def children(pid: int) -> list[int]:
    """Processes whose parent is ``pid``, oldest first."""
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    found = [one for one in numbers if (fields := _stat(one)) and int(fields[1]) == pid]
    return sorted(found, key=lambda child: int((_stat(child) or ["0"] * 20)[19]))


def words(pid: int) -> str:
    """The command line of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def cpu_s(pid: int) -> float:
    """User and system CPU seconds of a process, without its children."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S if fields else 0.0


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def make_clip(path: Path, size: str, bits_per_s: int, seconds: int = 8) -> None:
    """A clip of 30 frames a second with a keyframe every 2 s, of just this bitrate, and a tone."""
    rate = str(bits_per_s)
    picture = f"testsrc2=size={size}:rate=30:duration={seconds}"
    words = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=duration={seconds}"]
    words += ["-vf", NOISE, "-c:v", "libx264", "-preset", "veryfast", "-bf", "0", "-g", "60"]
    words += ["-sc_threshold", "0", "-pix_fmt", "yuv420p", "-b:v", rate, "-minrate", rate]
    words += ["-maxrate", rate, "-bufsize", str(bits_per_s // 2), "-nal-hrd", "cbr"]
    subprocess.run([*FFMPEG, *words, "-c:a", "aac", "-f", "flv", str(path)], check=True)


@dataclass
class Network:
    """``manycast up``, its data in ``folder``; what it and its roles say is in ``log``."""

    folder: Path
    log_file: Path
    """Elsewhere when the folder's disk is to be filled."""
    settings: str = ""
    """TOML without the [network] table."""
    prefix: Sequence[str] = ()
    """Words before the command: taskset and the like."""
    ports: dict[str, int] = field(default_factory=dict)
    _process: "subprocess.Popen[bytes] | None" = None
    _publisher: "subprocess.Popen[bytes] | None" = None
    _log: IO[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['edge']}/live/{CHANNEL}/index.m3u8"

    @property
    def ingest(self) -> str:
        key = Channels(self.folder / CHANNELS).ensure(CHANNEL)
        return f"rtmp://127.0.0.1:{self.ports['rtmp']}/live/{key}"

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def publisher(self) -> int:
        assert self._publisher is not None
        return self._publisher.pid

    def role(self, name: str) -> int:
        """The process of a role; raises LookupError while it is not there."""
        assert self._process is not None
        found = [pid for pid in children(self._process.pid) if f"manycast.cli {name}" in words(pid)]
        if not found:
            raise LookupError(f"{name} does not run")
        return found[-1]

    def start(self) -> None:
        """Raises RuntimeError with the log when it does not come up."""
        self.ports = dict(zip(("rtmp", "origin", "edge", "control"), free_ports(4), strict=True))
        lines = [f'{role} = "127.0.0.1:{port}"' for role, port in self.ports.items()]
        config = self.folder / "manycast.toml"
        config.write_text("\n".join(["[network]", "srt_channels_max = 0", *lines, self.settings]))
        self._log = self.log_file.open("wb")
        command = [sys.executable, "-m", "manycast.cli", "up", "--config", str(config)]
        self._process = subprocess.Popen(
            [*self.prefix, *command, "--dir", str(self.folder)],
            stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + READY_S
        while "manycast is up" not in self.log:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the network does not come up:\n{self.log}")
            time.sleep(LOOK_S)

    def publish(self, *options: str) -> None:
        """Start the demo broadcaster on the first channel."""
        demo = [sys.executable, "-m", "manycast.cli", "demo", "--url", self.ingest, *options]
        self._publisher = subprocess.Popen(
            demo, stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )

    def broadcast(self, clip: Path) -> None:
        """Start a broadcaster that sends a clip again and again, and costs next to nothing."""
        again = [*FFMPEG, "-re", "-stream_loop", "-1", "-i", str(clip), "-c", "copy", "-f", "flv"]
        self._publisher = subprocess.Popen(
            [*again, self.ingest], stdout=self._log, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def stop(self) -> None:
        """End it all, the hard way where asking does not help."""
        for process in (self._publisher, self._process):
            if process is None:
                continue
            for pid in (*children(process.pid), process.pid):
                _signal(pid, signal.SIGCONT)
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._log is not None:
            self._log.close()


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


@contextmanager
def network(
    folder: Path, settings: str = "", prefix: Sequence[str] = (), log: Path | None = None
) -> Iterator[Network]:
    """A network that runs as long as the block."""
    folder.mkdir(parents=True, exist_ok=True)
    running = Network(folder, log or folder / "log.txt", settings, prefix)
    try:
        running.start()
        yield running
    finally:
        running.stop()
