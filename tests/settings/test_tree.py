import ast
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from manycast import settings as package
from manycast.settings import (
    accounts,
    cache,
    compression,
    control,
    destinations,
    disk,
    edge,
    guard,
    http,
    ladder,
    load,
    log,
    network,
    notices,
    origin,
    parents,
    platforms,
    recording,
    rtmp,
    shared,
    state,
    tls,
    whip,
    workers,
)
from manycast.settings.read import read
from manycast.settings.tree import Settings


def test_a_file_changes_what_it_names() -> None:
    settings = read(Settings, {"origin": {"part_target_ms": 200}, "network": {"edge": ":9000"}})
    assert settings.origin.part_target_ms == 200
    assert settings.network.edge == ":9000"
    assert settings.rtmp == Settings().rtmp


SOURCE = Path(package.__path__[0]).parent
GROUPS = [
    kind
    for module in (
        accounts,
        cache,
        compression,
        control,
        destinations,
        disk,
        edge,
        guard,
        http,
        ladder,
        load,
        log,
        network,
        notices,
        origin,
        parents,
        platforms,
        recording,
        rtmp,
        shared,
        state,
        tls,
        whip,
        workers,
    )
    for kind in vars(module).values()
    if is_dataclass(kind) and kind.__module__ == module.__name__
]


def attributes_read() -> Iterator[str]:
    """Names that code outside of the settings reads from anything."""
    for path in SOURCE.rglob("*.py"):
        if path.parent.name == "settings":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield node.attr


@pytest.fixture(scope="module")
def read_somewhere() -> set[str]:
    return set(attributes_read())


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_every_setting_is_read_somewhere(group: type, read_somewhere: set[str]) -> None:
    assert not {field.name for field in fields(group)} - read_somewhere


def test_every_settings_module_is_looked_at() -> None:
    modules = {path.stem for path in (SOURCE / "settings").glob("*.py")}
    looked_at = {group.__module__.rpartition(".")[2] for group in GROUPS}
    assert modules - looked_at == {"__init__", "read", "tree", "words"}
