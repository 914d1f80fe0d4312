"""A real PostgreSQL server for tests, with a fresh database for each of them."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


FRESH = itertools.count()


def binary(name: str) -> str | None:
    """Debian keeps them out of PATH; the newest version wins."""
    places = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[4])
    )
    return str(places[-1]) if places else shutil.which(name)


def missing() -> str:
    """Why there can be no server here; empty when there can be one."""
    if not (binary("initdb") and binary("postgres")):
        return "PostgreSQL is not installed (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and not any(user.pw_name == "postgres" for user in pwd.getpwall()):
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


class Server:
    """Listens on a socket in its own folder; anybody on this machine may enter."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        """``durable``: survive the machine's death too, as in production; slower."""
        self.folder = folder
        self._as: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
            self._as |= {"user": "postgres", "group": "postgres", "extra_groups": []}
        self._options = f"-k {folder} -h ''"
        if not durable:
            self._options += " -c fsync=off -c full_page_writes=off"
        self._do("initdb", "-U", "manycast", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://manycast@/{database}?host={self.folder}"

    def start(self) -> None:
        self._do("pg_ctl", "-w", "-l", "log", "-o", self._options, "start")

    def stop(self, how: str = "fast") -> None:
        """``fast``: disconnects everybody and ends in order; ``immediate``: as in a crash."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._do("pg_ctl", "-w", "-m", how, "stop")

    def _do(self, name: str, *words: str) -> None:
        # No pipes: a server that is started would hold them open.
        with (self.folder / "did").open("wb") as said:
            command = [binary(name) or name, "-D", "data", *words]
            subprocess.run(command, check=True, stdout=said, stderr=said, **self._as)

    def fresh(self) -> str:
        """The URL of a new, empty database."""
        name = f"test{next(FRESH)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def sql(self, *statements: str, database: str = "postgres") -> str:
        words = [argument for statement in statements for argument in ("-c", statement)]
        asked = subprocess.run(
            [
                binary("psql") or "psql",
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                self.url(database),
                *words,
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        return asked.stdout.strip()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """One for all tests; a test that stops it takes ``postgresql_own``."""
    if reason := missing():
        pytest.skip(reason)
    # Not below tmp_path, whose parents nobody but root enters, and whose name may be too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="manycast-pg-"))
    server = Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder)


@pytest.fixture
def postgresql_own() -> Iterator[Server]:
    """A durable server that the test may stop, kill and start again; not started yet."""
    if reason := missing():
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="manycast-pg-"))
    server = Server(folder, durable=True)
    try:
        yield server
    finally:
        server.stop("immediate")
        shutil.rmtree(folder)


@pytest.fixture
def postgresql(postgresql_server: Server) -> Iterator[str]:
    """The URL of a fresh database; skips where there is no PostgreSQL."""
    url = postgresql_server.fresh()
    yield url
    name = url.split("@/")[1].split("?")[0]
    postgresql_server.sql(f"DROP DATABASE {name} WITH (FORCE)")
