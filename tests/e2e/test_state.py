"""The state outlives what may happen to it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from tests.e2e.postgresql import Server

from manycast.runtime.store.audit import Actor, note
from manycast.runtime.store.backup import save
from manycast.runtime.store.database import UnavailableError
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.audit import Audit
from manycast.runtime.store.tables.settings import Setting
from manycast.settings.state import StateSettings


pytestmark = pytest.mark.e2e

WRITER = Path(__file__).with_name("killed_writer.py")
RESTORER = Path(__file__).with_name("killed_restorer.py")
KILLS = 100
RESTORES = 20
CRASHES = 10
ADA = Actor(name="Ada")


def acknowledged(settings: StateSettings, folder: Path) -> list[str]:
    words = [sys.executable, WRITER, settings.url, folder, str(KILLS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = StateSettings()
    if engine == "postgresql":
        settings = StateSettings(url=request.getfixturevalue("postgresql"))
    told = acknowledged(settings, tmp_path)
    assert len({key.split(".")[0] for key in told}) == KILLS
    store = Store(settings, tmp_path)
    with store.read() as db:
        kept = set(db.scalars(select(Setting.key))) - {"probe"}
        audited = set(db.scalars(select(Audit.target)))
        if engine == "sqlite":
            assert db.scalar(text("PRAGMA integrity_check")) == "ok"
    store.close()
    assert set(told) <= kept
    assert kept == audited
    # Each life may have committed one change that it had no time to tell of.
    assert len(kept - set(told)) <= KILLS


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_restore_that_is_killed_has_happened_wholly_or_not_at_all(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = StateSettings()
    if engine == "postgresql":
        settings = StateSettings(url=request.getfixturevalue("postgresql"))
    files = []
    for rows in (3, 700):
        store = Store(StateSettings(), tmp_path / f"{rows}")
        with store.record() as db:
            for n in range(rows):
                note(db, ADA, "settings.write", f"{n}")
                db.add(Setting(key=f"{n}", value={"text": "x" * 3_000}, changed_ms=n))
        files.append(tmp_path / f"backup{rows}")
        save(store.engine, files[-1], 1)
        store.close()
    words = [sys.executable, RESTORER, settings.url, tmp_path, str(RESTORES), *files]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    # Both tables, and the probe of the key among the settings.
    assert set(json.loads(done.stdout)) <= {"4 3", "701 700"}


def test_nothing_acknowledged_is_lost_when_the_server_crashes(
    postgresql_own: Server, tmp_path: Path
) -> None:
    postgresql_own.start()
    store = Store(StateSettings(url=postgresql_own.url()), tmp_path)
    told: list[str] = []
    stop, progress = threading.Event(), threading.Semaphore(0)

    def write() -> None:
        for n in range(1_000_000):
            if stop.is_set():
                return
            try:
                with store.change(ADA, "settings.write", f"{n}") as db:
                    db.add(Setting(key=f"{n}", value={"text": "x" * 5_000}, changed_ms=n))
            except UnavailableError:
                stop.wait(0.01)
            else:
                told.append(f"{n}")
                progress.release()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(CRASHES):
            assert all(progress.acquire(timeout=60) for _ in range(5))
            postgresql_own.stop("immediate")
            postgresql_own.start()
    finally:
        stop.set()
        writer.join()
    with store.read() as db:
        kept = set(db.scalars(select(Setting.key))) - {"probe"}
        assert kept == set(db.scalars(select(Audit.target)))
    store.close()
    assert set(told) <= kept
    assert len(kept - set(told)) <= CRASHES


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system with little room, part of which a file takes that can be removed."""
    # Not below tmp_path: PostgreSQL's user cannot enter its parents.
    place = Path(tempfile.mkdtemp(prefix="manycast-small-"))
    place.chmod(0o755)
    words = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=0777", "none", str(place)]
    mount = shutil.which("mount")
    if os.geteuid() or not mount or subprocess.run([mount, *words[1:]], check=False).returncode:
        place.rmdir()
        pytest.skip("only root may mount a small file system")
    (place / "ballast").write_bytes(bytes(4 << 20))
    yield place
    subprocess.run([mount.replace("mount", "umount"), "--lazy", place], check=True)
    place.rmdir()


@pytest.fixture(params=["sqlite", "postgresql"])
def small(request: pytest.FixtureRequest, small_disk: Path, tmp_path: Path) -> Iterator[Store]:
    """A store on it."""
    settings, folder = StateSettings(), small_disk / "state"
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgresql_own")
        server.start()
        folder.mkdir()
        shutil.chown(folder, "postgres")
        server.sql(f"CREATE TABLESPACE small LOCATION '{folder}'")
        server.sql("CREATE DATABASE small TABLESPACE small")
        settings, folder = StateSettings(url=server.url("small")), tmp_path
    store = Store(settings, folder)
    yield store
    store.close()
    if request.param == "postgresql":
        server.stop("immediate")


def until_full(store: Store) -> list[str]:
    """What was acknowledged until there was no room."""
    told: list[str] = []
    for n in range(1_000):
        try:
            with store.change(ADA, "settings.write", f"{n}") as db:
                noise = {"text": os.urandom(50_000).hex()}
                db.add(Setting(key=f"{n}", value=noise, changed_ms=n))
        except UnavailableError:
            return told
        told.append(f"{n}")
    raise AssertionError("the disk has no end")


def test_a_full_disk_refuses_changes_keeps_the_rest_and_takes_them_when_there_is_room(
    small: Store, small_disk: Path
) -> None:
    told = until_full(small)
    assert len(told) > 5
    with small.read() as db:
        assert set(told) <= set(db.scalars(select(Setting.key)))
        assert set(told) <= set(db.scalars(select(Audit.target)))
    (small_disk / "ballast").unlink()
    with small.change(ADA, "settings.write", "after") as db:
        db.add(Setting(key="after", value={"text": os.urandom(50_000).hex()}, changed_ms=1))
    with small.read() as db:
        kept = set(db.scalars(select(Setting.key))) - {"probe"}
        assert kept == {*told, "after"} == set(db.scalars(select(Audit.target)))
