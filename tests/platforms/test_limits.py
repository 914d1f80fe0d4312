from manycast.model.destinations import Platform
from manycast.platforms.limits import LIMITS, SERVERS


def test_every_platform_has_limits_and_all_take_h264() -> None:
    assert set(LIMITS) == set(SERVERS) == set(Platform)
    assert all("avc1" in one.video_codecs for name, one in LIMITS.items() if name != "custom")


def test_kick_takes_nothing_wider_than_full_hd() -> None:
    assert LIMITS[Platform.KICK].width_max == 1920
