from manycast.cache.policies.fifo import Fifo


def test_use_does_not_help() -> None:
    fifo = Fifo[str](2)
    fifo.insert("a", 1)
    fifo.insert("b", 1)
    fifo.record("a")
    assert fifo.insert("c", 1) == ["a"]
