from manycast.settings.edge import EdgeSettings
from manycast.settings.http import HttpServerSettings
from manycast.settings.parents import ParentsSettings


def test_fetches_ahead_leave_most_connections_to_viewers_requests() -> None:
    assert EdgeSettings().ahead_max * 2 <= EdgeSettings().held_max
    assert EdgeSettings().held_max < ParentsSettings().connections_max


def test_every_connection_may_join_one_fetch() -> None:
    assert EdgeSettings().joiners_max >= HttpServerSettings().connections_max
