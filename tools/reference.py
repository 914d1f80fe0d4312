"""Writes docs/reference/settings.md from the settings' own words."""

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from manycast.settings.tree import Settings


PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"
INTRODUCTION = """# Settings

A settings file is TOML, given with `--config FILE`; what it does not name keeps its default. A name that does not exist or a
value of the wrong kind is an error that says so.

```toml
[origin]
part_target_ms = 200

[recording]
enabled = true
```
"""


def page() -> str:
    """The whole page; one table for each group."""
    return "\n".join([INTRODUCTION, *(_group(field.name) for field in fields(Settings))])


def _group(name: str) -> str:
    group = getattr(Settings(), name)
    kind = type(group)
    about = (inspect.getmodule(kind).__doc__ or "").strip()  # type: ignore[union-attr]
    lines = [f"## `[{name}]`", "", about, "", "| setting | default | what it is |", "|---|---|---|"]
    words = dict(_descriptions(kind))
    for field in fields(kind):
        default = _shown(getattr(group, field.name))
        lines.append(f"| `{field.name}` | {default} | {words[field.name]} |")
    return "\n".join([*lines, ""])


def _descriptions(kind: type) -> Iterator[tuple[str, str]]:
    """Each field with the string under it."""
    body = ast.parse(inspect.getsource(kind)).body[0].body  # type: ignore[attr-defined]
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            said = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            text = " ".join(str(following.value.value).split()) if said else ""  # type: ignore[union-attr]
            yield statement.target.id, text.replace("|", "\\|")


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "<br>".join(f"`{_toml(item)}`" for item in value) or "none"
    return f"`{_toml(value)}`"


def _toml(value: object) -> str:
    if hasattr(value, "__dataclass_fields__"):
        inside = ", ".join(f"{f.name} = {_toml(getattr(value, f.name))}" for f in fields(value))  # type: ignore[arg-type]
        return f"{{ {inside} }}"
    if isinstance(value, str):
        return f'"{value}"'
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return str(value)


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE}\n")
