import subprocess
from collections.abc import Callable
from functools import cache

import imageio_ffmpeg
import pytest

from manycast.media import flv
from manycast.model.media import Media


Run = Callable[..., bytes]
Record = Callable[..., list[Media]]


@pytest.fixture(scope="session")
def ffmpeg() -> Run:
    """Runs the project's ffmpeg on words and bytes of input; its complaints fail the test (SVT-AV1 greets)."""

    def run(*words: str, stdin: bytes = b"") -> bytes:
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-v", "error", *words]
        done = subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        complaints = [line for line in done.stderr.decode().splitlines() if "Svt[" not in line]
        assert not complaints
        return done.stdout

    return run


@pytest.fixture(scope="session")
def record(ffmpeg: Run) -> Record:
    """What a broadcaster sends: a test picture and a tone, in the given encoding."""

    @cache
    def run(*words: str, picture: str = "128x72:rate=25", seconds: float = 1.2) -> list[Media]:
        sources = (f"testsrc2=size={picture}:duration={seconds}", f"sine=r=48000:d={seconds}")
        inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
        return flv.Demuxer().feed(ffmpeg(*inputs, *words, "-f", "flv", "-"))

    return run
