"""The style guide's checkable half: sizes, names, comments, mirrored tests, documents."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest


ROOT = Path(__file__).parent.parent
SOURCE = sorted((ROOT / "src" / "manycast").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PYTHON = [
    *SOURCE,
    *TESTS,
    *sorted((ROOT / "bench").rglob("*.py")),
    *sorted((ROOT / "tools").rglob("*.py")),
]
MARKDOWN = [
    path for path in sorted(ROOT.rglob("*.md")) if not {"node_modules", ".venv"} & set(path.parts)
]

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600
DOCSTRING_LINES_FREE = 10
DOCSTRING_SHARE_MAX = 0.15
VAGUE = re.compile(r"(Manager|Helper|Service|Utils?|Processor|Wrapper|Impl|Handler)$")
VAGUE_FILES = {"utils", "util", "helpers", "helper", "common", "misc", "core"}
HISTORY = re.compile(r"\b(FIXME|XXX|HACK|TODO)\b|\b20\d\d-\d\d-\d\d\b")

every_python = pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@every_python
def test_files_and_functions_are_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= FILE_LINES_MAX
    long = [
        f.name
        for f in functions(ast.parse(text))
        if f.end_lineno and f.end_lineno - f.lineno >= FUNCTION_LINES_MAX
    ]
    assert not long


@every_python
def test_names_say_what_things_are(path: Path) -> None:
    assert path.stem not in VAGUE_FILES
    classes = [n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ClassDef)]
    assert not [name for name in classes if VAGUE.search(name)]


@every_python
def test_comments_hold_no_history(path: Path) -> None:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text()).readline)
    assert not [t.string for t in tokens if t.type == tokenize.COMMENT and HISTORY.search(t.string)]


@pytest.mark.parametrize("path", SOURCE, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_are_rare(path: Path) -> None:
    text = path.read_text()
    lines = sum(len((ast.get_docstring(f) or "").splitlines()) for f in functions(ast.parse(text)))
    assert lines <= max(DOCSTRING_LINES_FREE, DOCSTRING_SHARE_MAX * text.count("\n"))


def test_the_test_tree_mirrors_the_source_tree() -> None:
    wanted = {
        Path("tests", *path.relative_to(ROOT / "src" / "manycast").parts[:-1], f"test_{path.name}")
        for path in SOURCE
        if path.stem not in {"__init__", "__main__"}
    }
    assert not sorted(str(path) for path in wanted if not (ROOT / path).exists())


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_has_one_title(path: Path) -> None:
    prose = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    assert len(re.findall(r"^# ", prose, flags=re.MULTILINE)) == 1


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").read_text().count("\n") <= 150
