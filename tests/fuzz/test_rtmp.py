import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest


HARNESS = Path(__file__).parent / "rtmp.py"
RUNS = 3000


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is not installed: it has no wheels for some machines (pip install atheris)",
)
def test_a_fuzzer_finds_no_crash(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(HARNESS), f"-runs={RUNS}", "-max_len=1000", "-seed=1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.glob("crash-*"))
