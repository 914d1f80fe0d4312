from typing import get_args

from manycast.runtime.control.hub import Kind
from manycast.schema.events import LiveEvents


def test_every_event_is_described() -> None:
    assert set(LiveEvents.model_fields) == {"snapshot", "streams", "fleet", "chat", *get_args(Kind)}
