"""A network link with a delay: a namespace for a viewer, joined to this machine packet by packet.

Where the kernel has netem it would do the same; this needs only TUN devices, which every kernel has.
Packets are whole IP packets of real TCP connections, so that handshakes and slow starts cost what they do.

usage: python bench/link.py NAMESPACE DELAY_MS JITTER_MS LOSS   (one way; the share of packets lost; runs until it is killed)
"""

import collections
import ctypes
import fcntl
import os
import random
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path


HERE, VIEWER = "10.213.0.1", "10.213.0.2"
PREFIX = "mclink"
NAMESPACES = Path("/run/netns")
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET_BYTES_MAX = 65_536
QUEUE_PACKETS_MAX = 10_000
"""More than any TCP window here: beyond it packets are lost, as on a real link."""
START_S_MAX = 10.0
CLONE_NEWNET = 0x40000000


class Direction:
    """Packets on their way: in order, each due after the delay and its share of the jitter, unless it is lost."""

    def __init__(
        self, source: int, sink: int, delay_s: float, jitter_s: float, loss: float
    ) -> None:
        self.source, self.sink = source, sink
        self._delay_s, self._jitter_s, self._loss = delay_s, jitter_s, loss
        self._packets: collections.deque[tuple[float, bytes]] = collections.deque()

    @property
    def due(self) -> float | None:
        return self._packets[0][0] if self._packets else None

    def take(self, now: float, rng: random.Random) -> None:
        packet = os.read(self.source, PACKET_BYTES_MAX)
        lost = rng.random() < self._loss
        if not lost and len(self._packets) < QUEUE_PACKETS_MAX:
            last = self._packets[-1][0] if self._packets else now
            due = now + self._delay_s + rng.uniform(0, self._jitter_s)
            self._packets.append((max(last, due), packet))

    def deliver(self, now: float) -> None:
        while self._packets and self._packets[0][0] <= now:
            with suppress(OSError):  # the interface refuses what has no address: lost, as on a link
                os.write(self.sink, self._packets.popleft()[1])


def carry(namespace: str, delay_s: float, jitter_s: float, loss: float) -> None:
    here, there = _tun(f"{PREFIX}0"), _tun(f"{PREFIX}1")
    _run("ip", "link", "set", f"{PREFIX}1", "netns", namespace)
    inside = ("ip", "netns", "exec", namespace)
    for words, name, own, peer in (
        ((), f"{PREFIX}0", HERE, VIEWER),
        (inside, f"{PREFIX}1", VIEWER, HERE),
    ):
        _run(*words, "ip", "address", "add", own, "peer", peer, "dev", name)
        _run(*words, "ip", "link", "set", name, "up")
    _run(*inside, "ip", "link", "set", "lo", "up")
    print("ready", flush=True)
    ways = [
        Direction(source, sink, delay_s, jitter_s, loss)
        for source, sink in ((here, there), (there, here))
    ]
    rng = random.Random(1)  # noqa: S311  jitter is no secret
    while True:
        dues = [way.due for way in ways if way.due is not None]
        wait = max(0.0, min(dues) - time.monotonic()) if dues else None
        readable = select.select([here, there], [], [], wait)[0]
        now = time.monotonic()
        for way in ways:
            if way.source in readable:
                way.take(now, rng)
            way.deliver(now)


def _tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def _run(*words: str) -> None:
    subprocess.run(words, check=True)


def listening_inside(namespace: str) -> socket.socket:
    """A socket at VIEWER that belongs to the namespace, while we stay outside. Needs root."""

    def make() -> socket.socket:
        with (NAMESPACES / namespace).open("rb") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        return socket.create_server((VIEWER, 0))

    # A thread of its own, which ends: only the thread that asks changes its namespace.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(make).result()


@contextmanager
def link(
    round_trip_ms: float, jitter_ms: float, namespace: str = PREFIX, *, loss: float = 0.0
) -> Iterator[str]:
    """A namespace behind a link; yields its name. Needs root. ``loss`` is the share of packets each way."""
    if (NAMESPACES / namespace).exists():  # of a run that was killed
        _run("ip", "netns", "delete", namespace)
    _run("ip", "netns", "add", namespace)
    try:
        one_way = [str(round_trip_ms / 2), str(jitter_ms / 2), str(loss)]
        command = [sys.executable, str(Path(__file__)), namespace, *one_way]
        with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as child:
            try:
                assert child.stdout is not None
                if child.stdout.readline() != b"ready\n":
                    raise OSError("the link did not come up; are you root?")
                first(child.pid)
                yield namespace
            finally:
                child.terminate()
    finally:
        _run("ip", "netns", "delete", namespace)


def first(pid: int) -> None:
    """Let a session's processes go before whatever else this machine does; without the right to, nothing happens."""
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text("-10")


if __name__ == "__main__":
    carry(sys.argv[1], float(sys.argv[2]) / 1000, float(sys.argv[3]) / 1000, float(sys.argv[4]))
