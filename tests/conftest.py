"""What every test shares."""

import asyncio


def pytest_configure() -> None:
    # Without this, the first asyncio test makes asyncio invent a loop for the main thread that nobody
    # closes, and its ResourceWarning fails whichever test runs when the collector finds it.
    asyncio.set_event_loop(None)
