from manycast.settings.edge import EdgeSettings
from manycast.settings.parents import ParentsSettings


def test_waits_follow_one_another() -> None:
    settings = ParentsSettings()
    assert settings.hedge_s_min < settings.try_s < settings.first_byte_s
    assert settings.connect_s < settings.try_s
    assert settings.ejected_s <= settings.ejected_s_max
    assert settings.away_s < settings.first_byte_s


def test_all_requests_in_flight_to_one_parent_may_go_to_the_next() -> None:
    assert ParentsSettings().retry_burst >= ParentsSettings().connections_max


def test_held_fetches_leave_connections_to_others() -> None:
    assert EdgeSettings().held_max < ParentsSettings().connections_max


def test_percentiles_have_samples_enough() -> None:
    assert ParentsSettings().hedge_samples <= ParentsSettings().samples
