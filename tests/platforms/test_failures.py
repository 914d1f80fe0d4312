import pytest

from manycast.model.destinations import Platform
from manycast.platforms.failures import SAID_MAX, ForbiddenError, QuotaGoneError, RefusedError


def test_a_failure_says_whose_fault_it_is_and_what_the_platform_said() -> None:
    error = RefusedError(Platform.TWITCH, "The title\nis too long.")
    assert str(error) == "Twitch refused it. It says: The title is too long."


def test_without_words_of_the_platform_there_are_none() -> None:
    assert "It says" not in str(ForbiddenError(Platform.KICK))


@pytest.mark.parametrize("said", ["x" * 10_000, "\x00\x1b[31m" * 1000])
def test_a_platforms_words_are_cut_and_cleaned(said: str) -> None:
    error = QuotaGoneError(Platform.YOUTUBE, 5, said)
    assert len(error.said) <= SAID_MAX
    assert error.said.isprintable()
    assert error.until_ms == 5
