import shutil
from collections.abc import Awaitable, Callable
from functools import cache

import pytest

from manycast.media import flv
from manycast.model.media import Media
from manycast.runtime.ffmpeg.binary import Binary, capture, locate


Record = Callable[..., Awaitable[list[Media]]]


@pytest.fixture
async def binary() -> Binary:
    return await locate(None)


@pytest.fixture(params=["wheel", "debian"])
async def each_binary(request: pytest.FixtureRequest) -> Binary:
    """The ffmpeg installed with manycast, and the machine's own, which is older."""
    if request.param == "wheel":
        return await locate(None)
    path = shutil.which("ffmpeg")
    if path is None:
        pytest.skip("this machine has no ffmpeg of its own")
    return await locate(path)


@cache
def _recorded() -> dict[tuple[str, ...], list[Media]]:
    return {}


@pytest.fixture
async def record(binary: Binary) -> Record:
    """Media of a small noisy picture, 320x180 at 30 frames per second, encoded as asked.

    Shorter than a backlog may be, so that a test can feed it all at once.
    """

    async def run(*words: str, seconds: float = 1.4) -> list[Media]:
        key = (*words, str(seconds))
        if key not in _recorded():
            picture = f"testsrc2=size=320x180:rate=30:duration={seconds},noise=alls=20:allf=t"
            source = ["-v", "error", "-f", "lavfi", "-i", picture]
            out, _ = await capture([binary.path, *source, *words, "-f", "flv", "-"], 30)
            _recorded()[key] = flv.Demuxer().feed(out)
        return _recorded()[key]

    return run
