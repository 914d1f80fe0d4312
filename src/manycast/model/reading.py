"""From JSON to the values of this floor; whoever wrote it may be newer, or wrong."""

import math
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints


T = TypeVar("T")


def read(kind: type[T], value: object) -> T:
    """Build a dataclass; raises ValueError naming the field that is wrong.

    Fields that are not known are left out; those that are missing keep their defaults.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{kind.__name__}: made of what is no object")  # noqa: TRY004  a wrong answer, no wrong call
    shape = _shape(kind)  # type: ignore[arg-type]  # a class whose metaclass is not known
    if missing := [one.name for one, _ in shape if _required(one) and one.name not in value]:
        raise ValueError(f"{missing[0]}: missing")
    named = [(one.name, hint) for one, hint in shape if one.name in value]
    return kind(**{name: _read(hint, value[name], name) for name, hint in named})


@cache
def _shape(kind: type) -> list[tuple[Field[Any], Any]]:
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    return [(one, hints[one.name]) for one in fields(kind)]


def _required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _read(hint: Any, value: object, name: str) -> Any:
    if isinstance(hint, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
        return None if value is None else _read(hint, value, name)
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return tuple(_read(inner, one, name) for one in _plain(list, value, name))
    if is_dataclass(hint):
        return read(hint, value)  # type: ignore[arg-type]
    if issubclass(hint, StrEnum):
        return hint(_plain(str, value, name))
    return _plain(hint, value, name)


def _plain(kind: type[T], value: object, name: str) -> T:
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(f"{name}: not of type {kind.__name__}")
    return value
