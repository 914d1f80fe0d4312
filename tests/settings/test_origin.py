import pytest

from manycast.settings.origin import OriginSettings, check


def test_the_defaults_fit_together() -> None:
    check(OriginSettings())


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (OriginSettings(part_target_ms=100), "part_target_ms = 100"),
        (OriginSettings(segment_ms=500), "segment_ms = 500"),
        (OriginSettings(dvr_window_ms=4000), "dvr_window_ms = 4000"),
    ],
)
def test_impossible_values_are_named(settings: OriginSettings, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        check(settings)
