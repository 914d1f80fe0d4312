"""Writes the next revision of the tables: what src/manycast/runtime/store/tables has and the newest revision has not.

usage: python tools/migration.py WORDS    such as: python tools/migration.py channels have a language

Read what it wrote, and write its test. Beside it comes a sample in tests/data/state: a backup of that revision with rows in
every table, which every later program must bring up.
"""

import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from alembic import command
from tests.runtime.store.filling import fill

from manycast.runtime.store import backup, database, revisions
from manycast.settings.state import StateSettings


ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "tests" / "data" / "state"
"""A backup of each released revision."""
LINES_MAX = 60
"""Of a revision in one piece."""


def write(words: str) -> Path:
    """The path of the new revision."""
    revision = f"{len(revisions.known()) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = database.connect(StateSettings(), Path(folder))
        revisions.upgrade(engine)
        with database.migrating(engine) as connection:
            config = revisions.config(connection=connection)
            script = command.revision(
                config, f"{words.capitalize()}.", autogenerate=True, rev_id=revision
            )
        engine.dispose()
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


def readable(text: str) -> str:
    """What Alembic wrote, without a name it does not import and an option that makes no table."""
    text = re.sub(r"(none_as_null=True|astext_type=Text\(\))(, )?", "", text)
    return split(text) if text.count("\n") > LINES_MAX else text


def split(text: str) -> str:
    """One function for each table, when there are many: short enough to read."""
    tree = ast.parse(text)
    upgrade = next(node for node in tree.body if isinstance(node, ast.FunctionDef))
    head = "\n".join(text.splitlines()[: upgrade.lineno - 1])
    parts = [
        (table, "\n".join(f"    {ast.get_source_segment(text, node)}" for node in nodes))
        for table, nodes in groupby(upgrade.body, _table)
    ]
    calls = "\n".join(f"    _{table}()" for table, _ in parts)
    bodies = "".join(f"\n\ndef _{table}() -> None:\n{body}\n" for table, body in parts)
    return f"{head}\ndef upgrade() -> None:\n{calls}\n{bodies}"


def sample() -> None:
    """A backup of the newest revision, with rows in every table; the same rows make the same bytes."""
    path = SAMPLES / f"{revisions.known()[-1]}.gz"
    with tempfile.TemporaryDirectory() as folder:
        engine = database.connect(StateSettings(), Path(folder))
        revisions.upgrade(engine)
        with database.migrating(engine) as connection:
            fill(connection)
        backup.save(engine, path, now_ms=0, force=True)
        engine.dispose()
    path.chmod(0o644)
    print(path.relative_to(ROOT))


def _table(statement: ast.stmt) -> str:
    """The name of the table that a statement is about."""
    return next(_words(statement))


def _words(statement: ast.stmt) -> Iterator[str]:
    for node in ast.walk(statement):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def main() -> None:
    words = " ".join(sys.argv[1:])
    assert words, "say in a few words what changes"
    path = write(words)
    path.write_text(readable(path.read_text()))
    for step in (["ruff", "check", "-q", "--fix"], ["ruff", "format", "-q"]):
        tool = Path(sys.executable).parent / step[0]
        subprocess.run([tool, *step[1:], path], check=False)  # noqa: S603  words of our own
    print(path.relative_to(ROOT))
    sample()


if __name__ == "__main__":
    main()
