import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from manycast.runtime.ffmpeg import encoders
from manycast.runtime.ffmpeg.binary import Binary, FfmpegError
from manycast.settings.ladder import LadderSettings


SETTINGS = replace(LadderSettings(), presets=("superfast", "ultrafast"), hardware=())


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "FRAMES", 10)


async def test_encoders_that_work_are_found_and_one_that_hangs_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoders, "TRIAL_TIMEOUT_S", 0.5)
    script = tmp_path / "ffmpeg"
    script.write_text('#!/bin/sh\ncase "$*" in *_nvenc*) exit 1;; *_qsv*) exec sleep 1000;; esac\n')
    script.chmod(stat.S_IRWXU)
    names = ("h264_nvenc", "h264_qsv", "h264_vaapi", "libx264")
    assert await encoders.detect(Binary(str(script), "?"), names) == ("h264_vaapi", "libx264")


async def test_a_misspelt_encoder_is_named(binary: Binary) -> None:
    with pytest.raises(ValueError, match="encoder h264_nvec: use libx264"):
        await encoders.detect(binary, ("h264_nvec",))


async def test_larger_frames_and_slower_presets_cost_more(each_binary: Binary) -> None:
    costs = await encoders.measure(each_binary, ("veryfast", "ultrafast"), None)
    assert costs.decode_s_per_megapixel > 0
    assert costs.encode_s("veryfast", 0.9216) > costs.encode_s("ultrafast", 0.2304)


async def test_costs_are_measured_once(binary: Binary, tmp_path: Path) -> None:
    cache = tmp_path / "dir" / "costs.json"
    costs = await encoders.encode_costs(binary, SETTINGS, cache)
    gone = Binary("/nowhere/ffmpeg", binary.version)
    assert await encoders.encode_costs(gone, SETTINGS, cache) == costs


async def test_another_version_is_measured_again(binary: Binary, tmp_path: Path) -> None:
    cache = tmp_path / "costs.json"
    await encoders.encode_costs(binary, SETTINGS, cache)
    with pytest.raises(FfmpegError):
        await encoders.encode_costs(Binary("/nowhere/ffmpeg", "other"), SETTINGS, cache)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}'])
async def test_a_broken_cache_is_replaced(binary: Binary, tmp_path: Path, text: str) -> None:
    cache = tmp_path / "costs.json"
    cache.write_text(text)
    await encoders.encode_costs(binary, SETTINGS, cache)
    assert json.loads(cache.read_text())["costs"]["encoder"] == "libx264"


@pytest.mark.parametrize(
    ("version", "limited"),
    [("5.1.9-0+deb12u1", True), ("n9.0.2-17-g2a571b6068", False), ("N-1234-gabcdef", False)],
)
def test_an_ffmpeg_that_encodes_one_rung_after_the_other_gets_fewer(
    version: str, *, limited: bool
) -> None:
    assert (encoders.cores_max(version) < 1) == limited
