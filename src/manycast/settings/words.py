"""Settings in their own words: each with its value as in a settings file and the string under it."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from manycast.settings.tree import Settings


_PASSWORD = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]*@")
_ASKED = re.compile(r"(?<=[?&]password=)[^&\s\"]*")

_SECRET = ("token", "password", "secret")
"""How the names of settings end that are secrets themselves."""


@dataclass(frozen=True, slots=True)
class Said:
    name: str
    value: object
    about: str


def groups(settings: Settings) -> Iterator[tuple[str, str, list[Said]]]:
    """Name, what it is about, and the settings of each group."""
    for field in fields(settings):
        group = getattr(settings, field.name)
        about = (inspect.getmodule(type(group)).__doc__ or "").strip()
        words = _words(type(group))
        yield (
            field.name,
            about,
            [Said(f.name, getattr(group, f.name), words[f.name]) for f in fields(group)],
        )


def toml(value: object) -> str:
    """As somebody writes it into a settings file."""
    if is_dataclass(value):
        inside = ", ".join(f"{f.name} = {toml(getattr(value, f.name))}" for f in fields(value))
        return f"{{ {inside} }}"
    if isinstance(value, tuple):
        return f"[{', '.join(toml(item) for item in value)}]"
    if isinstance(value, str):
        return f'"{value}"'
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return str(value)


def shown(name: str, value: object) -> str:
    """As ``toml``, for people who may see settings but not what opens anything."""
    if name.endswith(_SECRET) and value:
        return '"…"'
    return without_password(toml(value))


def without_password(text: str) -> str:
    """Addresses may hold one: ``postgresql://name:password@host``, or behind a question mark."""
    return _ASKED.sub("…", _PASSWORD.sub(r"\1:…@", text))


def _words(kind: type) -> dict[str, str]:
    body = ast.parse(inspect.getsource(kind)).body[0].body  # type: ignore[attr-defined]  # a class has a body
    words: dict[str, str] = {}
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            said = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            words[statement.target.id] = (
                " ".join(str(following.value.value).split()) if said else ""
            )
    return words
