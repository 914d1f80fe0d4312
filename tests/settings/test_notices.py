from manycast.settings.notices import NoticesSettings


def test_one_attempt_is_a_small_part_of_the_patience() -> None:
    settings = NoticesSettings()
    assert settings.timeout_s * 100 < settings.give_up_s
    assert not settings.private_targets
