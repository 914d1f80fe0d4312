from manycast.cache.policies.sieve import Sieve


def filled(keys: str) -> Sieve[str]:
    sieve = Sieve[str](len(keys))
    for key in keys:
        sieve.insert(key, 1)
    return sieve


def test_the_hand_spares_what_was_used_and_moves_nothing() -> None:
    """A, B and G were used before H, A, D, I, B, J are asked for."""
    sieve = filled("ABCDEFG")
    for key in "ABG":
        sieve.record(key)
    assert sieve.insert("H", 1) == ["C"]
    sieve.record("A")
    sieve.record("D")
    assert sieve.insert("I", 1) == ["E"]
    sieve.record("B")
    assert sieve.insert("J", 1) == ["F"]
    assert sorted(key for key in "ABCDEFGHIJ" if key in sieve) == list("ABDGHIJ")


def test_past_the_newest_the_hand_begins_at_the_oldest_not_at_the_newcomer() -> None:
    sieve = filled("AB")
    sieve.record("A")
    assert sieve.insert("C", 1) == ["B"]
    assert sieve.insert("D", 1) == ["A"]
    assert sieve.insert("E", 1) == ["C"]
