from manycast.runtime.accounts.touches import ENTRIES_MAX, PAUSE_MS, Touches


def test_a_use_is_written_down_once_a_minute() -> None:
    touches = Touches()
    assert touches.due("ses_1", 5_000)
    assert not touches.due("ses_1", 5_000 + PAUSE_MS - 1)
    assert touches.due("ses_2", 5_000)
    assert touches.due("ses_1", 5_000 + PAUSE_MS)


def test_any_number_of_credentials_needs_bounded_memory() -> None:
    touches = Touches()
    for number in range(2 * ENTRIES_MAX):
        assert touches.due(f"key_{number}", 0)
    assert len(touches._tried_ms) <= ENTRIES_MAX
