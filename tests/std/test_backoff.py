from manycast.std.backoff import Backoff


def test_waits_double_up_to_the_limit_and_start_again_after_success() -> None:
    backoff = Backoff(first_s=0.5, limit_s=3.0)
    assert [backoff.failed() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    backoff.worked()
    assert backoff.failed() == 0.5
