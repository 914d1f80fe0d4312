import pytest
from hypothesis import given, strategies as st

from manycast.control.passwords import CONTEXT, LENGTH_MAX, LENGTH_MIN, weakness


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "x" * (LENGTH_MAX + 1),
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "password1234",
        "passwordpassword",
        "P@ssw0rd12345!",
        "qwertyuiop123",
        "letmein-letmein",
        "1234567890123",
        "abcdefghijklmn",
        "iloveyou2024!!!",
        "manycast-admin-2025",
        "welcomewelcome1",
        "000011112222",
    ],
)
def test_what_everybody_tries_first_is_refused_with_a_reason(password: str) -> None:
    assert weakness(password)


@pytest.mark.parametrize("word", CONTEXT)
def test_words_of_this_place_are_no_password(word: str) -> None:
    assert weakness(f"{word}123456")


@pytest.mark.parametrize(
    "password",
    [
        "tall ship at the window",
        "kL9#vQ2xTz7!",
        "purple monkey dishwasher",
        "Übergänge im Nebel",
        "静かな湖畔の森の影から男と女の",
        "drums 4 breakfast",
    ],
)
def test_a_few_words_or_any_signs_are_fine(password: str) -> None:
    assert weakness(password, "anna", "anna@example.org") is None


def test_a_name_or_an_address_is_no_password() -> None:
    assert weakness("annabellina12", "annabellina")
    assert weakness("annabell@example.org", "ann", "annabell@example.org")


@given(st.text(min_size=LENGTH_MIN, max_size=LENGTH_MAX), st.text(max_size=30))
def test_any_text_gets_an_answer(password: str, name: str) -> None:
    answer = weakness(password, name)
    assert answer is None or answer.endswith(".")
