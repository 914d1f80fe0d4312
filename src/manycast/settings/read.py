"""From a parsed settings file to frozen dataclasses, with errors that name the line's place."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints


T = TypeVar("T")


class SettingError(ValueError):
    """The settings file is at fault; the message names the setting and what was expected."""


def read(group: type[T], values: Mapping[str, Any], where: str = "") -> T:
    """Build ``group`` from ``values``; what is not named keeps its default.

    Raises SettingError for an unknown name, a missing one that has no default, a number below zero or a
    value of the wrong type, naming it as ``origin.part_target_ms``.
    """
    assert is_dataclass(group)
    hints = get_type_hints(group)
    known = {field.name for field in fields(group)}
    for name in values:
        if name not in known:
            raise SettingError(
                f"unknown setting {where}{name}; known here: {', '.join(sorted(known))}"
            )
    for field in fields(group):
        required = field.default is MISSING and field.default_factory is MISSING
        if required and field.name not in values:
            raise SettingError(f"setting {where}{field.name} is missing; it has no default")
    return group(
        **{name: _value(hints[name], value, f"{where}{name}") for name, value in values.items()}
    )


def _value(hint: Any, value: Any, name: str) -> Any:
    if is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise SettingError(f"setting {name}: expected a table")
        return read(hint, value, f"{name}.")  # type: ignore[arg-type]
    if get_origin(hint) is tuple:
        return _items(hint, value, name)
    allowed = get_args(hint) if get_origin(hint) in {Union, type(int | None)} else (hint,)
    if float in allowed and type(value) is int:
        value = float(value)
    if type(value) in {int, float} and not 0 <= value < math.inf:
        raise SettingError(f"setting {name}: expected a number from 0 up, found {value!r}")
    if type(value) not in allowed:
        wanted = " or ".join(kind.__name__ for kind in allowed if kind is not type(None))
        raise SettingError(f"setting {name}: expected {wanted}, found {value!r}")
    return value


def _items(hint: Any, value: Any, name: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise SettingError(f"setting {name}: expected a list, found {value!r}")
    kind = get_args(hint)[0]
    return tuple(_value(kind, item, f"{name}[{index}]") for index, item in enumerate(value))
