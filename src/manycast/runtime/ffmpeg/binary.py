"""Which ffmpeg to run."""

import asyncio
import os
import re
from dataclasses import dataclass

import imageio_ffmpeg  # type: ignore[import-untyped]  # the package carries no annotations


VERSION_TIMEOUT_S = 30.0
"""Printing its version takes ffmpeg milliseconds; a cold disk or a crowded machine may need seconds."""
_VERSION = re.compile(r"ffmpeg version (\S+)")


class FfmpegError(Exception):
    """ffmpeg is missing or failed; the message says what to do or what ffmpeg said."""


@dataclass(frozen=True, slots=True)
class Binary:
    """An ffmpeg that runs."""

    path: str
    version: str


async def locate(configured: str | None) -> Binary:
    """The ffmpeg named in the settings, else the installed wheel's; raises FfmpegError."""
    path = configured or _from_wheel()
    if not os.access(path, os.X_OK):
        raise FfmpegError(
            f"{path} is not an executable file: correct the setting ladder.ffmpeg, or remove it"
            " to use the ffmpeg installed with manycast"
        )
    text, _ = await capture([path, "-version"], VERSION_TIMEOUT_S)
    found = _VERSION.match(text.decode(errors="replace"))
    if not found:
        raise FfmpegError(f"{path} is not ffmpeg: `{path} -version` does not say so")
    return Binary(path, found[1])


def _from_wheel() -> str:
    try:
        path: str = imageio_ffmpeg.get_ffmpeg_exe()
    except RuntimeError as error:
        raise FfmpegError(
            "no ffmpeg for this platform in the imageio-ffmpeg package: install ffmpeg"
            " and name it in the setting ladder.ffmpeg"
        ) from error
    return path


async def capture(argv: list[str], timeout_s: float, feed: bytes = b"") -> tuple[bytes, bytes]:
    """Run ffmpeg to its end: (stdout, stderr); raises FfmpegError with its last words."""
    try:
        child = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE if feed else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise FfmpegError(f"{argv[0]} does not start: {error}") from error
    try:
        async with asyncio.timeout(timeout_s):
            out, err = await child.communicate(feed or None)
    except TimeoutError as error:
        raise FfmpegError(f"{argv[0]} did not finish within {timeout_s:g} s") from error
    finally:
        if child.returncode is None:
            child.kill()
            await child.communicate()
    if child.returncode != 0:
        raise FfmpegError(last_words(err) or f"{argv[0]} ended with {child.returncode}")
    return out, err


def last_words(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""
