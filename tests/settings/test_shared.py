from manycast.settings.edge import EdgeSettings
from manycast.settings.shared import SharedSettings


def test_a_look_up_costs_little_of_what_a_fetch_may_take() -> None:
    settings = SharedSettings()
    assert settings.timeout_ms / 1000 * 20 < EdgeSettings().answer_s
    assert settings.url == ""
