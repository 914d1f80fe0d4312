import pytest

from manycast.model.names import stream_name


@pytest.mark.parametrize("text", ["live", "demo", "a", "0-main_stage", "x" * 63])
def test_accepts_names_that_are_safe_in_urls_and_paths(text: str) -> None:
    assert stream_name(text) == text


@pytest.mark.parametrize("text", ["", "-a", "_a", "A", "a/b", "..", "a b", "x" * 64, "é", "a\n"])
def test_refuses_and_names_the_rule(text: str) -> None:
    with pytest.raises(ValueError, match="a-z, 0-9"):
        stream_name(text)
