from manycast.runtime.processes import DRAIN_S_MAX
from manycast.settings.http import HttpServerSettings
from manycast.settings.workers import WorkersSettings


def test_peers_are_waited_for_until_they_are_back_and_no_longer_than_a_hand_over_lasts() -> None:
    settings = WorkersSettings()
    assert settings.restart_s < settings.peer_away_s < settings.ready_s
    assert HttpServerSettings().hand_over_idle_s < DRAIN_S_MAX
