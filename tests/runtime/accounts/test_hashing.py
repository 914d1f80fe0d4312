import threading

import pytest
from argon2 import PasswordHasher

from manycast.runtime.accounts import hashing
from manycast.runtime.accounts.hashing import BusyError, Hashing


def test_only_the_right_password_opens() -> None:
    passwords = Hashing()
    kept = passwords.hash("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert passwords.verify(kept, "correct horse battery")
    assert not passwords.verify(kept, "correct horse batterz")


def test_nobody_and_a_damaged_hash_open_to_nothing() -> None:
    passwords = Hashing()
    assert not passwords.verify(None, "nobody's password")
    assert not passwords.verify("$argon2id$nonsense", "correct horse battery")


def test_a_hash_made_with_less_work_is_old() -> None:
    passwords = Hashing()
    assert passwords.is_old(PasswordHasher(1, 8_192, 1).hash("correct horse battery"))
    assert not passwords.is_old(passwords.hash("correct horse battery"))


def test_only_so_many_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "WAIT_S", 0.0)
    passwords = Hashing()
    entered = threading.Barrier(hashing.AT_ONCE + 1)
    leave = threading.Event()

    def occupy() -> None:
        with passwords._seat():
            entered.wait()
            leave.wait()

    threads = [threading.Thread(target=occupy) for _ in range(hashing.AT_ONCE)]
    for thread in threads:
        thread.start()
    entered.wait()
    with pytest.raises(BusyError):
        passwords.hash("correct horse battery")
    leave.set()
    for thread in threads:
        thread.join()
    assert passwords.hash("correct horse battery")


def test_a_crowd_is_sent_away_and_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "WAITING_MAX", -1)
    passwords = Hashing()
    with passwords._seat(), pytest.raises(BusyError):
        passwords.hash("correct horse battery")
    assert passwords.hash("correct horse battery")
