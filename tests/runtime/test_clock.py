from manycast.runtime import clock


def test_monotonic_never_goes_back() -> None:
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


def test_wall_clock_counts_milliseconds_since_1970() -> None:
    assert 1_600_000_000_000 < clock.wall_ms() < 10_000_000_000_000


def test_the_steady_wall_starts_at_the_wall_clock() -> None:
    steady = clock.SteadyWall()
    assert abs(steady.now_ms() - clock.wall_ms()) < 1000
    readings = [steady.now_ms() for _ in range(100)]
    assert readings == sorted(readings)
