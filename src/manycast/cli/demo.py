"""Publishes a test picture that shows the time it was made."""

import argparse
import asyncio
import re
import signal
import sys
import threading
from contextlib import suppress

from manycast.cli.numbers import count, seconds
from manycast.runtime.ffmpeg.binary import FfmpegError, locate
from manycast.runtime.ffmpeg.demo import Broadcast, broadcast


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", required=True, help="where to publish, rtmp://HOST/live/KEY")
    parser.add_argument(
        "--size", type=_size, default=(1280, 720), help="WIDTHxHEIGHT, even (default 1280x720)"
    )
    parser.add_argument("--fps", type=count, default=30, help="frames per second (default 30)")
    parser.add_argument(
        "--gop", type=seconds, default=2.0, help="seconds between keyframes (default 2)"
    )
    parser.add_argument("--seconds", type=seconds, help="stop after this long (default: never)")
    parser.add_argument("--ffmpeg", help="path of the ffmpeg to use (default: manycast's own)")
    parser.add_argument("--follow", action="store_true", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    width, height = arguments.size
    show = Broadcast(arguments.url, width, height, arguments.fps, arguments.gop, arguments.seconds)
    try:
        binary = asyncio.run(locate(arguments.ffmpeg))
    except FfmpegError as error:
        print(f"manycast demo: {error}", file=sys.stderr)
        return 1
    if arguments.follow:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(KeyboardInterrupt):  # how a person ends it
        broadcast(binary.path, show, lambda note: print(note, file=sys.stderr, flush=True))
    return 0


def _end_with_parent() -> None:
    """Stop when standard input closes, that is, when the supervisor is gone."""
    sys.stdin.read()
    signal.raise_signal(signal.SIGTERM)


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", text)
    if not found or int(found[1]) % 2 or int(found[2]) % 2:
        raise argparse.ArgumentTypeError(f"{text!r}: use WIDTHxHEIGHT, both even, as 1280x720")
    return int(found[1]), int(found[2])
