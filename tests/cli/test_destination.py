import subprocess
import sys
from pathlib import Path

from manycast.cli.__main__ import main


def run(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "manycast.cli", "destination", *words]
    return subprocess.run(command, input=given, capture_output=True, check=False, timeout=60)


def test_without_orders_it_ends_at_once() -> None:
    done = run()
    assert (done.returncode, done.stdout) == (0, b"")


def test_settings_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert main(["destination", "--config", str(tmp_path / "none.toml")]) == 2


def test_its_process_loads_little_of_what_the_others_need() -> None:
    listing = "import sys; from manycast.cli.__main__ import parser; parser('destination'); print(*sys.modules)"
    command = [sys.executable, "-c", listing]
    loaded = set(subprocess.run(command, capture_output=True, check=True, text=True).stdout.split())
    assert not loaded & {"fastapi", "sqlalchemy", "pydantic", "httpx2", "uvicorn", "aiortc"}
