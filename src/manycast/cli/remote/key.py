"""The verbs of `manycast key`."""

from argparse import Namespace
from datetime import datetime

from manycast.cli.asking import Answer, table
from manycast.client.network import Network
from manycast.schema.channels import MadeStreamKey, NewStreamKey, StreamKey


def list(network: Network, arguments: Namespace) -> Answer:  # noqa: A001  the verb's name
    keys = [*network.keys.all(arguments.stream)]
    rows = [
        (key.id, key.name, f"{key.hint}…", _day(key.created_at), _day(key.used_at)) for key in keys
    ]
    return Answer(
        {"items": [key.model_dump(mode="json") for key in keys]},
        table("ID NAME KEY MADE USED", rows),
    )


def add(network: Network, arguments: Namespace) -> Answer:
    return _shown(network.keys.create(arguments.stream, NewStreamKey(name=arguments.name)))


def rotate(network: Network, arguments: Namespace) -> Answer:
    key = _find(network, arguments)
    return _shown(network.keys.rotate(arguments.stream, key.id, disconnect=arguments.disconnect))


def remove(network: Network, arguments: Namespace) -> Answer:
    key = _find(network, arguments)
    network.keys.delete(arguments.stream, key, disconnect=arguments.disconnect)
    return Answer({}, f"{key.name} is refused from now on")


def _find(network: Network, arguments: Namespace) -> StreamKey:
    """By id, or by a name that is the only one. Raises LookupError."""
    keys = [
        key for key in network.keys.all(arguments.stream) if arguments.key in {key.id, key.name}
    ]
    if len(keys) != 1:
        found = "several keys" if keys else "no key"
        raise LookupError(
            f"{arguments.stream} has {found} {arguments.key!r}: see `manycast key list {arguments.stream}`"
        )
    return keys[0]


def _shown(made: MadeStreamKey) -> Answer:
    return Answer(made.model_dump(mode="json"), f"stream key  {made.secret}   (shown this once)")


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else "never"
