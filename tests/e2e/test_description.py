import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.administrator import Control, control, prepare

from manycast.runtime.fleet_token import fleet_token
from manycast.settings.state import StateSettings


pytestmark = pytest.mark.e2e
HERE = Path(__file__).parent
EXAMPLES = "5"
"""For each operation and phase; some thousand requests in all."""
ENDLESS = "follow_events"
LEAVING = ("log_out", "end_other_sessions")
"""After them whoever asks is a stranger."""
OF_NODES = ("admit_publisher", "report_node")
OF_PEOPLE = ("session", "account")


def test_programs_find_what_the_description_says(tmp_path: Path) -> None:
    prepare(StateSettings(), tmp_path)
    with control(tmp_path) as room:
        explored(room, room.program, *without(ENDLESS, *OF_NODES))


def test_nodes_find_what_the_description_says(tmp_path: Path) -> None:
    prepare(StateSettings(), tmp_path)
    token = fleet_token("", tmp_path)
    with control(tmp_path) as room:
        only = [word for name in OF_NODES for word in ("--include-operation-id", name)]
        # Nodes of another release may say more, or say it otherwise: what can be understood is taken.
        only += ["--exclude-checks", "negative_data_rejection"]
        only += ["--phases", "examples,coverage,fuzzing"]  # nothing they make is asked for
        explored(room, {"Authorization": f"Bearer {token}"}, *only)


def test_browsers_find_what_the_description_says(tmp_path: Path) -> None:
    prepare(StateSettings(), tmp_path)
    with control(tmp_path) as room:
        only = [word for tag in OF_PEOPLE for word in ("--include-tag", tag)]
        explored(room, room.browser, *only, *without(*LEAVING))


def without(*names: str) -> list[str]:
    return [word for name in names for word in ("--exclude-operation-id", name)]


def explored(room: Control, headers: dict[str, str], *chosen: str) -> None:
    """Let schemathesis ask what it can think of; what contradicts the description fails."""
    scheme, *rest = list(headers.items())
    others = [word for name, value in rest for word in ("-H", f"{name}: {value}")]
    asked = subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            *("--config-file", str(configuration(room.directory, *scheme)), "run"),
            *(f"{room.url}/api/v1/openapi.json", *others, *chosen),
            *("--max-examples", EXAMPLES, "--continue-on-failure", "--seed", "1", "--no-color"),
        ],
        cwd=room.directory,
        env={"PATH": "", "PYTHONPATH": str(HERE.parent.parent)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert asked.returncode == 0, asked.stdout[-20000:]


def configuration(directory: Path, header: str, value: str) -> Path:
    """With the credential where schemathesis knows to leave it out, too."""
    path = directory / "schemathesis.toml"
    secret = value.rpartition(" ")[2] if header == "Authorization" else value.partition("=")[2]
    kind = ("api_key", "bearer") if header == "Authorization" else ("session", "api_key")
    text = (HERE / "schemathesis.toml").read_text()
    path.write_text(f'{text}\n[auth.openapi.{kind[0]}]\n{kind[1]} = "{secret}"\n')
    return path
