import pytest
from pydantic import ValidationError

from manycast.schema.broadcasts import BroadcastChange


def test_only_the_title_is_for_people_to_change() -> None:
    assert BroadcastChange(title="Finale").title == "Finale"
    with pytest.raises(ValidationError):
        BroadcastChange.model_validate({"viewers_peak": 1_000_000})
