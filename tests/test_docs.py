"""What the documents claim about settings, commands and files is true."""

import importlib
import re
from pathlib import Path

import pytest
from tools import reference

from manycast.cli.__main__ import ROLES
from manycast.settings import words
from manycast.settings.tree import Settings


ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "ARCHITECTURE.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


def test_the_settings_page_is_fresh() -> None:
    assert reference.PAGE.read_text() == reference.page(), "run: python tools/reference.py"


def test_every_setting_says_what_it_is() -> None:
    for name, _, said in words.groups(Settings()):
        assert not [one.name for one in said if not one.about], name


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    for role in ROLES:
        assert f"`manycast {role}" in readme
        assert importlib.import_module(f"manycast.cli.{role}").__doc__


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text())
    assert not [target for target in targets if not (path.parent / target).exists()]


def test_files_named_in_the_architecture_exist() -> None:
    named = re.findall(
        r"`((?:[a-z_]+/)+[a-z_*]+\.(?:py|ts))`", (ROOT / "ARCHITECTURE.md").read_text()
    )
    assert named
    for name in named:
        base = ROOT if name.startswith(("player/", "dashboard/")) else ROOT / "src" / "manycast"
        assert list(base.glob(name)), name
