from concurrent.futures import ThreadPoolExecutor

import pytest

from manycast.control.throttle import CODE, PAIR
from manycast.runtime.accounts.attempts import Attempts, TooManyError


def passes(attempts: Attempts, address: str) -> bool:
    try:
        attempts.take("ann", address, 0)
    except TooManyError as error:
        return error.wait_s != 60
    return True


def test_threads_together_get_no_further_than_one() -> None:
    attempts = Attempts()
    with ThreadPoolExecutor(8) as threads:
        passed = sum(threads.map(lambda _: passes(attempts, "192.0.2.1"), range(100)))
    assert passed == PAIR.burst


def test_a_customer_with_a_whole_network_of_ipv6_counts_as_one() -> None:
    attempts = Attempts()
    assert sum(passes(attempts, f"2001:db8::{n:x}") for n in range(100)) == PAIR.burst


def test_what_was_right_costs_nothing() -> None:
    attempts = Attempts()
    for _ in range(2 * CODE.burst):
        attempts.take("ann", "192.0.2.1", 0)
        attempts.refund("ann", "192.0.2.1", 0)
        attempts.take("ann", "192.0.2.1", 0)
        attempts.succeeded("ann", "192.0.2.1", 0)
        attempts.take_code("ann", 0)
        attempts.refund_code("ann", 0)
    for _ in range(CODE.burst):
        attempts.take_code("ann", 0)
    with pytest.raises(TooManyError):
        attempts.take_code("ann", 0)
