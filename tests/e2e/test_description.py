import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.administrator import KEY, control, prepare

from manycast.settings.state import StateSettings


pytestmark = pytest.mark.e2e
HERE = Path(__file__).parent
EXAMPLES = "5"
"""For each operation and phase; some thousand requests in all."""


def test_the_api_is_what_its_description_says(tmp_path: Path) -> None:
    prepare(StateSettings(), tmp_path)
    with control(tmp_path) as room:
        asked = subprocess.run(
            [
                *(str(Path(sys.executable).parent / "schemathesis"),),
                *("--config-file", str(HERE / "schemathesis.toml"), "run"),
                *(f"{room.url}/api/v1/openapi.json", "--max-examples", EXAMPLES),
                *("--exclude-operation-id", "follow_events", "--continue-on-failure"),
                *("--seed", "1", "--no-color"),
            ],
            cwd=tmp_path,
            env={"MANYCAST_API_KEY": KEY, "PATH": "", "PYTHONPATH": str(HERE.parent.parent)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert asked.returncode == 0, asked.stdout[-20000:]
