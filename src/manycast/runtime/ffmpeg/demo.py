"""A broadcaster that shows the time: what `manycast demo` publishes.

It has a process of its own, whose only work is to fill two pipes in time; blocking writes are the
cheapest way to do that.
"""

import fcntl
import os
import struct
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from manycast.runtime import clock
from manycast.runtime.ffmpeg.testcard import SAMPLE, SAMPLE_RATE, Buffer, Testcard


PIPE_BYTES = 1 << 20
"""A frame of 720p is 1.4 MB: the fewer turns it is passed on in, the fewer wake-ups."""
LATE_S_MAX = 2.0
"""Behind by more (the machine slept), the broadcaster begins a connection afresh."""
BACKOFF_S, BACKOFF_S_MAX = 0.5, 5.0
"""Between connections; doubles while they fail. A demo should be back soon after its server."""
HEALTHY_S = 10.0
"""A connection that lasted this long starts the backoff anew."""
END_S = 5.0
"""For the last frames to leave, then the child is killed."""
NETWORK_TIMEOUT_US = 5_000_000
"""After this long without an answer, ffmpeg gives the server up."""
SOUND_BYTES = 1024
"""5 ms, the least that ffmpeg's WAV reader takes as a limit. Its reader of raw samples would collect 85 ms
before it passed any on, and pictures wait for their sound."""
SOUND_AHEAD_MS = 64
"""Sound is made this much before its picture: the multiplexer lets a picture go when it has the sound that
follows, and the AAC encoder keeps a frame of 21 ms back."""
SOUND_AHEAD = SOUND_AHEAD_MS * SAMPLE_RATE // 1000
ENDLESS = 0xFFFFFFFF
"""The size of a WAV file that is written as it goes."""
BITS_PER_PIXEL = 0.09
"""Of the test picture: 2.5 Mbit/s at 1280x720 and 30 frames per second."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What is published and where."""

    url: str
    width: int = 1280
    height: int = 720
    frame_rate: int = 30
    keyframe_s: float = 2.0
    """Seconds between keyframes."""
    seconds: float | None = None
    """None broadcasts until stopped."""


def broadcast(path: str, show: Broadcast, on_note: Callable[[str], None]) -> None:
    """Publish, and connect again whenever the connection ends; returns after ``show.seconds``."""
    card = Testcard(show.width, show.height)
    frames_left = None if show.seconds is None else round(show.seconds * show.frame_rate)
    pause = BACKOFF_S
    while frames_left is None or frames_left > 0:
        began = clock.monotonic()
        sent, words = _connection(path, show, card, frames_left)
        if frames_left is not None:
            frames_left -= sent
            if frames_left == 0:
                return
        pause = (
            BACKOFF_S if clock.monotonic() - began > HEALTHY_S else min(2 * pause, BACKOFF_S_MAX)
        )
        on_note(f"demo: the connection ended ({words}); the next attempt in {pause:g} s")
        time.sleep(pause)


def _connection(
    path: str, show: Broadcast, card: Testcard, frames_max: int | None
) -> tuple[int, str]:
    """Publish over one connection; returns the frames sent and what ffmpeg said at the end."""
    sound_in, sound_out = os.pipe()
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            command(path, show, sound_in),
            stdin=subprocess.PIPE,
            stderr=said,
            bufsize=0,
            pass_fds=[sound_in],
        ) as child,
    ):
        os.close(sound_in)
        assert child.stdin is not None
        picture_out = child.stdin.fileno()
        _widen(picture_out)
        sent = 0
        try:
            sent = _play(show, card, (picture_out, sound_out), frames_max)
        finally:
            os.close(sound_out)
            child.stdin.close()
            _end(child)
        return sent, _words(said, show.url)


def _words(said: BinaryIO, url: str) -> str:
    """Its last line without the stream key: ffmpeg names the whole address."""
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    key = url.rpartition("/")[2]
    return lines[-1].replace(key, "…") if lines and key else "ffmpeg said nothing"


def _play(show: Broadcast, card: Testcard, outs: tuple[int, int], frames_max: int | None) -> int:
    start = clock.monotonic()
    index = 0
    while frames_max is None or index < frames_max:
        wait = start + index / show.frame_rate - clock.monotonic()
        if wait < -LATE_S_MAX:
            break
        time.sleep(max(0.0, wait))
        made_ms = clock.wall_ms()
        try:
            _write(outs[1], _sound(show, card, index, made_ms))
            _write(outs[0], card.frame(index, made_ms))
        except BrokenPipeError:
            break
        index += 1
    return index


def _sound(show: Broadcast, card: Testcard, index: int, made_ms: int) -> list[Buffer]:
    """The sound that is due with a frame, after the header if it is the first."""
    begin = SAMPLE_RATE * index // show.frame_rate + SOUND_AHEAD
    end = SAMPLE_RATE * (index + 1) // show.frame_rate + SOUND_AHEAD
    if index > 0:
        return [card.sound(begin, end, made_ms + SOUND_AHEAD_MS)]
    return [wav_header(SAMPLE_RATE), card.sound(0, end, made_ms)]


def wav_header(sample_rate: int) -> bytes:
    """Of endless mono samples; floating point, because ffmpeg searches integer ones for other formats first."""
    size, float_samples, channels = struct.calcsize(SAMPLE), 3, 1
    kind = (float_samples, channels, sample_rate, size * sample_rate, size, 8 * size)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, *kind)
    return (
        struct.pack("<4sI4s", b"RIFF", ENDLESS, b"WAVE")
        + form
        + struct.pack("<4sI", b"data", ENDLESS)
    )


def _write(fd: int, pieces: list[Buffer]) -> None:
    """All of it: one system call takes what the pipe has room for."""
    left = [memoryview(piece) for piece in pieces]
    while left:
        taken = os.writev(fd, left)
        while left and taken >= len(left[0]):
            taken -= len(left.pop(0))
        if taken:
            left[0] = left[0][taken:]


def _widen(fd: int) -> None:
    with suppress(AttributeError, OSError):  # Linux alone can; others take more turns
        fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _end(child: "subprocess.Popen[bytes]") -> None:
    try:
        child.wait(END_S)
    except subprocess.TimeoutExpired:
        child.kill()


def command(path: str, show: Broadcast, sound_fd: int) -> list[str]:
    """Raw frames on stdin, raw samples on another pipe; encoded without delay and published."""
    rate = str(round(show.width * show.height * show.frame_rate * BITS_PER_PIXEL))
    keyframes = str(round(show.keyframe_s * show.frame_rate))
    # Short probes of both: the pictures wait while ffmpeg collects samples, and we wait for them.
    at_once = ("-probesize", "32", "-analyzeduration", "0")
    return [
        *(path, "-hide_banner", "-nostdin", "-loglevel", "error"),
        *(*at_once, "-f", "rawvideo", "-pix_fmt", "yuv420p"),
        *("-video_size", f"{show.width}x{show.height}", "-framerate", str(show.frame_rate)),
        *("-i", "pipe:0"),
        *(*at_once, "-f", "wav", "-ignore_length", "1", "-max_size", str(SOUND_BYTES)),
        *("-i", f"pipe:{sound_fd}", "-fps_mode", "passthrough"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"),
        *("-g", keyframes, "-keyint_min", keyframes, "-sc_threshold", "0"),
        *("-b:v", rate, "-maxrate", rate, "-bufsize", rate),
        *("-c:a", "aac", "-ac", "2", "-b:a", "96k"),
        *("-flvflags", "no_duration_filesize", "-flush_packets", "1"),
        *("-rw_timeout", str(NETWORK_TIMEOUT_US), "-f", "flv", show.url),
    ]
