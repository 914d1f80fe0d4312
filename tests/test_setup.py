"""What tools/setup does on machines that lack something, with stand-ins for their programs."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest


SETUP = Path(__file__).parent.parent / "tools" / "setup"
PYTHON_WITHOUT_VENV = """
case "$*" in
  *ensurepip*) [ -f installed ] ;;
  *venv*) echo "made: $*"; exit 9 ;;
  *version_info*) exit 0 ;;
  *) echo "Python 3.11.2" ;;
esac
"""


class Machine:
    """A checkout on a machine that has these programs only."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "tools").mkdir()
        shutil.copy(SETUP, root / "tools" / "setup")
        for name in ("dirname", "env"):
            self.has(name, f'exec {shutil.which(name)} "$@"')

    def has(self, name: str, script: str) -> None:
        program = self.root / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(stat.S_IRWXU)

    def setup(self, want: str = "run") -> tuple[int, str]:
        done = subprocess.run(
            ["/bin/sh", str(self.root / "tools" / "setup"), want],
            env={"PATH": str(self.root / "bin")},
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("script", [SETUP, SETUP.parent / "lock", SETUP.parent.parent / ".ci/run"])
def test_scripts_are_sound_and_may_be_run(script: Path) -> None:
    assert os.access(script, os.X_OK)
    subprocess.run(["/bin/sh", "-n", str(script)], check=True)


def test_without_python_or_apt_it_says_what_to_install(machine: Machine) -> None:
    status, said = machine.setup()
    assert status == 1
    assert "no apt-get; please install" in said
    assert "python3 python3-venv" in said


def test_without_root_or_sudo_it_says_what_an_administrator_has_to_run(machine: Machine) -> None:
    machine.has("python3", PYTHON_WITHOUT_VENV)
    machine.has("apt-get", "exit 1")
    machine.has("id", "echo 1000")
    status, said = machine.setup()
    assert (status, said.splitlines()) == (
        1,
        ["setup: please have an administrator run: apt-get install python3-venv"],
    )


def test_with_sudo_the_missing_module_is_installed_without_a_question(machine: Machine) -> None:
    machine.has("python3", PYTHON_WITHOUT_VENV)
    machine.has("apt-get", 'echo "$DEBIAN_FRONTEND: $*" >> log; : > installed')
    machine.has("id", "echo 1000")
    machine.has("sudo", 'unset DEBIAN_FRONTEND; exec "$@"')
    status, said = machine.setup()
    assert (machine.root / "log").read_text().splitlines()[1] == (
        "noninteractive: install -y -qq --no-install-recommends python3-venv"
    )
    assert (status, "made: -m venv --clear .venv" in said) == (9, True)


def test_an_unknown_word_is_bad_usage(machine: Machine) -> None:
    (machine.root / ".venv" / "bin").mkdir(parents=True)
    machine.has("pip", "exit 0")
    shutil.copy(machine.root / "bin" / "pip", machine.root / ".venv" / "bin" / "pip")
    status, said = machine.setup("nonsense")
    assert (status, "usage: tools/setup run|test|pages" in said) == (2, True)
