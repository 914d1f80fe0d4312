"""What every test shares."""

import asyncio

import hypothesis

from tests.e2e.postgresql import (  # noqa: F401  fixtures for every room
    postgresql,
    postgresql_own,
    postgresql_server,
)


def pytest_configure() -> None:
    # A busy machine makes any example slow once; that is no fault of the code.
    hypothesis.settings.register_profile("house", deadline=None)
    hypothesis.settings.load_profile("house")
    # Without this, the first asyncio test makes asyncio invent a loop for the main thread that nobody
    # closes, and its ResourceWarning fails whichever test runs when the collector finds it.
    asyncio.set_event_loop(None)
