import pytest
from hypothesis import given, strategies as st

from manycast.control.throttle import ACCOUNT, ADDRESS, PAIR, Allowance, Throttle


HOUR_MS = 3_600_000
names = st.sampled_from(["ann", "bob", "eve"])
places = st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::/64"])


def attempts(throttle: Throttle, times: list[int], account: str, address: str) -> int:
    return sum(throttle.take(account, address, now) == 0 for now in times)


@given(
    st.lists(st.tuples(names, places, st.integers(0, HOUR_MS)), max_size=400),
    st.sampled_from(["account", "address", "pair"]),
)
def test_no_window_of_time_lets_pass_more_wrong_guesses_than_allowed(
    tries: list[tuple[str, str, int]], kind: str
) -> None:
    throttle = Throttle()
    passed: dict[str, list[int]] = {}
    for account, address, now in sorted(tries, key=lambda each: each[2]):
        if throttle.take(account, address, now) == 0:
            key = {"account": account, "address": address, "pair": account + address}[kind]
            passed.setdefault(key, []).append(now)
    allowance = {"account": ACCOUNT, "address": ADDRESS, "pair": PAIR}[kind]
    for times in passed.values():
        for start, since in enumerate(times):
            for end, until in enumerate(times[start:], start=1):
                assert end <= allowance.burst + (until - since) / allowance.each_ms


@given(st.lists(st.tuples(names, places, st.integers(0, HOUR_MS)), max_size=200))
def test_whoever_waits_as_told_is_let_pass(tries: list[tuple[str, str, int]]) -> None:
    throttle = Throttle()
    for account, address, now in sorted(tries, key=lambda each: each[2]):
        wait_ms = throttle.take(account, address, now)
        if wait_ms:
            assert throttle.take(account, address, now + wait_ms - 1)
            assert throttle.take(account, address, now + wait_ms) == 0
            break


def test_many_at_once_get_no_further_than_as_many_in_turn() -> None:
    throttle = Throttle()
    assert attempts(throttle, [0] * 1000, "ann", "192.0.2.1") == PAIR.burst


def test_right_passwords_cost_nothing() -> None:
    throttle = Throttle()
    for _ in range(1000):
        assert throttle.take("ann", "192.0.2.1", 0) == 0
        throttle.succeeded("ann", "192.0.2.1", 0)


def test_a_refund_gives_back_no_more_than_was_paid() -> None:
    throttle = Throttle()
    throttle.take("ann", "192.0.2.1", 0)
    for _ in range(10):
        throttle.refund("ann", "192.0.2.1", 0)
    assert attempts(throttle, [0] * 1000, "ann", "192.0.2.1") == PAIR.burst


def test_nobody_locks_another_person_out() -> None:
    throttle = Throttle()
    throttle.take("ann", "198.51.100.7", 0)
    throttle.succeeded("ann", "198.51.100.7", 0)
    for number in range(1000):
        throttle.take("ann", f"192.0.2.{number}", 0)
    assert throttle.take("ann", "203.0.113.1", 0) > 0
    assert throttle.take("ann", "198.51.100.7", 0) == 0


def test_a_familiar_address_is_still_held_to_its_own_pace() -> None:
    throttle = Throttle()
    throttle.succeeded("ann", "198.51.100.7", 0)
    assert attempts(throttle, [0] * 1000, "ann", "198.51.100.7") == PAIR.burst


def test_a_list_of_names_from_one_address_is_slow() -> None:
    throttle = Throttle()
    passed = sum(throttle.take(f"name{n}", "192.0.2.1", 0) == 0 for n in range(1000))
    assert passed == ADDRESS.burst


def test_a_flood_of_names_hides_no_account_under_attack() -> None:
    throttle = Throttle(entries_max=100)
    for number in range(ACCOUNT.burst):
        throttle.take("ann", f"192.0.2.{number}", 0)
    for number in range(10_000):
        throttle.take(f"name{number}", f"2001:db8:{number}::/64", 0)
    assert throttle.take("ann", "198.51.100.7", 0) > 0


def test_memory_is_bounded() -> None:
    throttle = Throttle(entries_max=100)
    for number in range(5_000):
        throttle.take(f"name{number}", f"address{number}", number)
    for meters in (throttle._pairs, throttle._accounts, throttle._addresses):
        assert len(meters._clear_at) <= 100


@pytest.mark.parametrize("allowance", [PAIR, ACCOUNT])
def test_an_account_is_guessed_at_no_more_than_a_hundred_times_an_hour(
    allowance: Allowance,
) -> None:
    assert allowance.burst + HOUR_MS / allowance.each_ms <= 100


def test_second_factors_are_guessed_at_slowly_from_anywhere() -> None:
    throttle = Throttle()
    day = range(0, 24 * HOUR_MS, 1_000)
    passed = sum(throttle.take_code("ann", now) == 0 for now in day)
    assert passed * 3 / 10**6 < 0.001
    assert throttle.take_code("bob", day[-1]) == 0


def test_a_right_second_factor_costs_nothing() -> None:
    throttle = Throttle()
    for _ in range(100):
        assert throttle.take_code("ann", 0) == 0
        throttle.refund_code("ann", 0)
