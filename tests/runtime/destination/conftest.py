import pytest

from manycast.runtime.ffmpeg.binary import Binary, locate


@pytest.fixture
async def binary() -> Binary:
    return await locate(None)
