import pytest
from pydantic import ValidationError

from manycast.schema.channels import ChannelChange, NewChannel, NewStreamKey


@pytest.mark.parametrize("name", ["", "Live", "a b", "-a", "a" * 64, "a/b", "ä", "a\n"])
def test_a_name_is_what_fits_into_an_address(name: str) -> None:
    with pytest.raises(ValidationError):
        NewChannel(name=name)


@pytest.mark.parametrize("name", ["", "   ", "a\x00", "a\nb", "x" * 81])
def test_what_somebody_calls_a_key_is_one_line_and_not_blank(name: str) -> None:
    with pytest.raises(ValidationError):
        NewStreamKey(name=name)


def test_space_around_a_name_is_nobodys_intention() -> None:
    assert NewStreamKey(name="  OBS  ").name == "OBS"


def test_a_description_may_have_lines() -> None:
    assert ChannelChange(description="a\nb").description == "a\nb"
    with pytest.raises(ValidationError):
        ChannelChange(description="a\x00b")


@pytest.mark.parametrize("value", [0, 1, "true", "yes"])
def test_a_truth_is_true_or_false(value: object) -> None:
    with pytest.raises(ValidationError):
        ChannelChange.model_validate({"recording": value})
