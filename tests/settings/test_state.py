from manycast.settings.http import HttpServerSettings
from manycast.settings.state import StateSettings


def test_a_locked_database_is_answered_before_the_server_stops_waiting_for_replies() -> None:
    assert StateSettings().wait_s < HttpServerSettings().drain_s
