import pytest
from pydantic import ValidationError

from manycast.schema.site import SiteChange


def test_what_is_left_out_stays() -> None:
    assert SiteChange().model_dump(exclude_none=True) == {}


def test_a_site_has_a_name() -> None:
    with pytest.raises(ValidationError):
        SiteChange(name=" ")
