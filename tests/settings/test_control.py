from manycast.settings.control import ControlSettings


def test_live_figures_are_within_a_second_and_a_role_is_missed_before_it_is_forgotten() -> None:
    settings = ControlSettings()
    assert 2 * settings.report_ms <= 1000
    assert 2 * settings.report_ms < settings.silent_ms < settings.forget_ms
