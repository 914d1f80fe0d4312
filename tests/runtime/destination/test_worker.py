from manycast.runtime.destination.worker import FEED_GRACE_MS, GOODBYE_S


def test_a_goodbye_fits_into_what_an_origin_waits() -> None:
    assert GOODBYE_S < 5
    assert FEED_GRACE_MS >= 1000
