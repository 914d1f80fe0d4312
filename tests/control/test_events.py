from dataclasses import fields
from typing import get_args

from manycast.control.events import Event


def test_every_event_says_when_it_was() -> None:
    assert all("at_ms" in {field.name for field in fields(kind)} for kind in get_args(Event))
