"""Writes docs/reference/settings.md from the settings' own words."""

import sys
from pathlib import Path

from manycast.settings import words
from manycast.settings.tree import Settings
from manycast.settings.words import Said


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
    return "\n".join([INTRODUCTION, *(_group(*group) for group in words.groups(Settings()))])


def _group(name: str, about: str, settings: list[Said]) -> str:
    lines = [f"## `[{name}]`", "", about, "", "| setting | default | what it is |", "|---|---|---|"]
    for one in settings:
        about_it = one.about.replace("|", "\\|")
        lines.append(f"| `{one.name}` | {_shown(one.value)} | {about_it} |")
    return "\n".join([*lines, ""])


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "<br>".join(f"`{words.toml(item)}`" for item in value) or "none"
    return f"`{words.toml(value)}`"


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE}\n")
