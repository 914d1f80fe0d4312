from manycast.edge.commands import Cancel, Fetch


def test_commands_are_values() -> None:
    assert Cancel(1) == Cancel(1)
    assert Fetch(1, "GET", b"/", b"", 1.0) != Fetch(2, "GET", b"/", b"", 1.0)
