import threading

import pytest

from manycast.runtime.store.database import UnavailableError
from manycast.runtime.store.turns import Turns


def test_turns_come_in_the_order_of_arrival() -> None:
    turns, order = Turns(60), list[int]()

    def take(n: int) -> None:
        with turns:
            order.append(n)

    threads = [threading.Thread(target=take, args=(n,)) for n in range(20)]
    with turns:
        for n, thread in enumerate(threads):
            thread.start()
            while len(turns._queue) <= n:
                pass
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_whoever_gave_up_waiting_is_left_out() -> None:
    turns, failures = Turns(0.05), list[Exception]()

    def take() -> None:
        try:
            with turns:
                pass
        except UnavailableError as error:
            failures.append(error)

    thread = threading.Thread(target=take)
    with turns:
        thread.start()
        thread.join()
    assert "others write" in str(failures[0])
    with turns:
        pass


def test_a_turn_within_a_turn_is_a_mistake_of_ours() -> None:
    turns = Turns(60)
    with turns, pytest.raises(AssertionError, match="waits for itself"), turns:
        pass
    with turns:
        pass


def test_only_one_is_inside_whatever_the_patience() -> None:
    turns, inside, most, done = Turns(0.002), 0, 0, 0

    def work() -> None:
        nonlocal inside, most, done
        for _ in range(200):
            try:
                with turns:
                    inside += 1
                    most = max(most, inside)
                    inside -= 1
                    done += 1
            except UnavailableError:
                continue

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert done > 0
    with turns:
        assert not turns._queue
