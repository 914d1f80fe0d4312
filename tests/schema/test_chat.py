import pytest
from pydantic import ValidationError

from manycast.schema.chat import NewLine


@pytest.mark.parametrize("text", ["", "   ", "a\nb", "x" * 501])
def test_a_line_is_one_and_says_something(text: str) -> None:
    with pytest.raises(ValidationError):
        NewLine(text=text)
