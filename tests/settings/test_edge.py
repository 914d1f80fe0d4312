from manycast.settings.edge import EdgeSettings
from manycast.settings.http import HttpClientSettings, HttpServerSettings


def test_fetches_ahead_leave_most_connections_to_viewers_requests() -> None:
    assert EdgeSettings().ahead_max * 2 <= EdgeSettings().held_max
    assert EdgeSettings().held_max < HttpClientSettings().connections_max


def test_every_connection_may_join_one_fetch() -> None:
    assert EdgeSettings().joiners_max >= HttpServerSettings().connections_max
