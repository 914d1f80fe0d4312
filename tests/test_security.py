"""The table in docs/security.md is complete, and each of its rows names a test that exists."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest


ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/security.md").read_text()
TABLE, NOT_FOR_US = PAGE.partition("## ASVS 5.0.0, level 2")[2].split("### Does not apply")
ITEM = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{1,2}\b")
ROWS = [
    line.split("|")[1:4]
    for line in TABLE.splitlines()
    if line.startswith("| ") and "---" not in line
][1:]
LEVEL_2 = """
1.1.1-2 1.2.1-9 1.3.1-11 1.4.1-3 1.5.1-2 2.1.1-3 2.2.1-3 2.3.1-4 2.4.1-1 3.2.1-2 3.3.1-4 3.4.1-6 3.5.1-5 3.7.1-2 4.1.1-3 4.2.1-1
4.3.1-2 4.4.1-4 5.1.1-1 5.2.1-3 5.3.1-2 5.4.1-3 6.1.1-3 6.2.1-12 6.3.1-4 6.4.1-4 6.5.1-5 6.6.1-3 6.8.1-4 7.1.1-3 7.2.1-4 7.3.1-2
7.4.1-5 7.5.1-2 7.6.1-2 8.1.1-2 8.2.1-3 8.3.1-1 8.4.1-1 9.1.1-3 9.2.1-4 10.1.1-2 10.2.1-2 10.3.1-4 10.4.1-11 10.5.1-5 10.6.1-2
10.7.1-3 11.1.1-2 11.2.1-3 11.3.1-3 11.4.1-4 11.5.1-1 11.6.1-1 12.1.1-3 12.2.1-2 12.3.1-4 13.1.1-1 13.2.1-5 13.3.1-2 13.4.1-5
14.1.1-2 14.2.1-4 14.3.1-3 15.1.1-3 15.2.1-3 15.3.1-7 16.1.1-1 16.2.1-5 16.3.1-4 16.4.1-3 16.5.1-3
"""
"""Every item of levels 1 and 2, in ranges of its section; from the standard's own table, without chapter 17."""


def items(ranges: str) -> list[str]:
    found = []
    for section, first, last in re.findall(r"(\d+\.\d+)\.(\d+)-(\d+)", ranges):
        found += [f"{section}.{number}" for number in range(int(first), int(last) + 1)]
    return found


def test_every_item_of_level_2_is_answered_once() -> None:
    answered = Counter(ITEM.findall("".join(row[0] for row in ROWS)) + ITEM.findall(NOT_FOR_US))
    assert answered == Counter(items(LEVEL_2))


@cache
def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_each_row_names_a_test_that_shows_it(row: list[str]) -> None:
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)::(\w+)`", row[2])
    assert named
    for path, name in named:
        assert name in names_in(ROOT / path)


def test_nothing_is_given_to_a_shell_or_evaluated() -> None:
    forbidden = {"eval", "exec", "system", "popen", "create_subprocess_shell", "pickle", "marshal"}
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func
                name = getattr(called, "id", None) or getattr(called, "attr", None)
                assert name not in forbidden, path
                assert not [one for one in node.keywords if one.arg == "shell"], path
            if isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & forbidden, path


def dashboard() -> dict[str, str]:
    pages = (ROOT / "dashboard/src").rglob("*.ts*")
    return {path.name: path.read_text() for path in pages if "__generated__" not in path.parts}


def test_the_dashboard_keeps_only_the_theme() -> None:
    kept = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.")
    assert {name for name, text in dashboard().items() if kept.search(text)} == {"theme.ts"}


def test_the_dashboard_masks_passwords_and_lets_them_be_pasted() -> None:
    text = "\n".join(dashboard().values())
    assert 'type="password"' in text or '"text" : "password"' in text
    assert not re.findall(r'<TextField label="[^"]*[Pp]assword', text)
    assert "onPaste" not in text
    assert not re.findall(r"<PasswordField [^>]*autoComplete=\"off\"", text)


def test_logging_out_is_in_the_frame_of_every_page() -> None:
    assert "logOut()" in dashboard()["frame.tsx"]


@pytest.mark.parametrize("name", ["run", "dev"])
def test_every_library_is_locked_by_its_hash(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    locked = re.findall(r"^[a-z0-9._\[\]-]+==.*(?:\n    .*)*", text, flags=re.MULTILINE)
    assert len(locked) > 20
    assert not [each for each in locked if "--hash=sha256:" not in each]
