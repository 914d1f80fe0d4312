from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from manycast.runtime.channels import FILE, Channels
from manycast.runtime.importing import KEY_NAME, forget_keys, import_channels
from manycast.runtime.store import channels
from manycast.runtime.store.channels import digest_of
from manycast.runtime.store.grants import grants
from manycast.runtime.store.store import Store
from manycast.settings.network import NetworkSettings
from manycast.settings.tree import Settings


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(Settings().state, tmp_path)) as store:
        yield store


def test_what_was_printed_works(tmp_path: Path, store: Store) -> None:
    file = Channels(tmp_path / FILE)
    keys = {name: file.ensure(name) for name in ("live", "demo")}
    for _ in range(2):
        import_channels(store, Settings(), tmp_path, 1)
    with store.read() as db:
        found = {grant.channel: grant for grant in grants(db, store.secrets)}
        row = channels.by_digest(db, digest_of(keys["live"]))
    assert row is not None
    assert row[1].name == KEY_NAME
    assert [found[name].srt_slot for name in keys] == [0, 1]
    for name, key in keys.items():
        assert [one.digest for one in found[name].keys] == [digest_of(key)]
        assert found[name].srt_passphrase == key


def test_no_more_srt_than_listeners(tmp_path: Path, store: Store) -> None:
    file = Channels(tmp_path / FILE)
    file.ensure("live")
    file.ensure("demo")
    import_channels(store, Settings(network=NetworkSettings(srt_channels_max=1)), tmp_path, 1)
    with store.read() as db:
        assert [one.srt_slot for one in grants(db, store.secrets)] == [None, 0]


def test_without_a_file_there_is_nothing_to_do(tmp_path: Path, store: Store) -> None:
    import_channels(store, Settings(), tmp_path, 1)
    forget_keys(tmp_path, {"x"})
    assert not (tmp_path / FILE).exists()


def test_only_the_keys_that_are_bad_leave_the_file(tmp_path: Path) -> None:
    file = Channels(tmp_path / FILE)
    live, demo = file.ensure("live"), file.ensure("demo")
    forget_keys(tmp_path, {digest_of(live)})
    assert Channels(tmp_path / FILE).items() == [("demo", demo)]
