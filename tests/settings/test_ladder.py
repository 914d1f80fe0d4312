import pytest

from manycast.settings.ladder import LadderSettings, RungTarget, check


def test_the_sizes_offered_are_those_of_the_urls() -> None:
    names = [target.name for target in LadderSettings().targets]
    assert names == ["2160p", "1440p", "1080p", "720p", "480p", "360p"]


def test_larger_pictures_get_more_bits() -> None:
    targets = sorted(LadderSettings().targets, key=lambda target: target.short_side)
    assert [t.bitrate_bps for t in targets] == sorted(t.bitrate_bps for t in targets)


@pytest.mark.parametrize("name", ["source", "", "a/b", "720P", "x" * 17])
def test_a_rung_is_named_as_urls_allow(name: str) -> None:
    with pytest.raises(ValueError, match="use 1-16 of a-z"):
        check(LadderSettings(targets=(RungTarget(name, 720, 1, 30),)))


def test_two_rungs_never_share_a_name() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        check(LadderSettings(targets=(RungTarget("a", 720, 1, 30), RungTarget("a", 360, 1, 30))))
