"""Rows of a measurement as text, Markdown or JSON."""

import argparse
import json
from collections.abc import Mapping, Sequence


Row = Mapping[str, object]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="one object on standard output")
    shape.add_argument("--markdown", action="store_true", help="a table for docs/numbers.md")


def show(rows: Sequence[Row], arguments: argparse.Namespace, title: str = "results") -> None:
    shows({title: rows}, arguments)


def shows(tables: Mapping[str, Sequence[Row]], arguments: argparse.Namespace) -> None:
    """Several tables, each under its name in the JSON object."""
    if arguments.json:
        print(json.dumps({name: list(rows) for name, rows in tables.items()}))
        return
    for number, rows in enumerate(tables.values()):
        if number:
            print()
        _show(rows, markdown=arguments.markdown)


def _show(rows: Sequence[Row], *, markdown: bool) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, *[[_cell(row.get(name)) for name in names] for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    if markdown:
        lines.insert(1, ["---"] * len(names))
        for line in lines:
            print("| " + " | ".join(line) + " |")
        return
    for line in lines:
        print("  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True)))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
