import typing

from manycast.media.rtmp import events


def test_events_and_commands_are_values() -> None:
    for union in (events.Event, events.Command):
        for member in typing.get_args(union):
            assert member.__dataclass_params__.frozen
    assert events.Ended("gone", clean=True) == events.Ended("gone", clean=True)
