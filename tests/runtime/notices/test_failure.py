from manycast.runtime.notices.failure import DeliveryError


def test_a_failure_is_worth_another_try_unless_it_says_otherwise() -> None:
    error = DeliveryError("The server is busy.")
    assert not error.final
    assert not error.gone
    assert str(error) == "The server is busy."
