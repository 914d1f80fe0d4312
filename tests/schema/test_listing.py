import pytest
from pydantic import ValidationError

from manycast.model.destinations import Platform
from manycast.schema.listing import NewListing, PerPlatform


def test_every_platform_with_accounts_may_be_an_exception() -> None:
    assert set(PerPlatform.model_fields) == set(Platform) - {Platform.CUSTOM}


def test_a_tag_is_a_word_or_some() -> None:
    assert NewListing(tags=[" late night "]).tags == ["late night"]
    for tags in ([""], ["a\nb"], ["x" * 61], ["x"] * 31):
        with pytest.raises(ValidationError):
            NewListing(tags=tags)
