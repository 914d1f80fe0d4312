from manycast.model.failures import Failure


def test_only_what_found_no_connection_was_surely_not_sent() -> None:
    assert [failure for failure in Failure if failure.unsent] == [
        Failure.UNREACHABLE,
        Failure.BUSY,
    ]
