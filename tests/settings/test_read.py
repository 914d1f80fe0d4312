from dataclasses import dataclass, field

import pytest

from manycast.settings.read import SettingError, read


@dataclass(frozen=True)
class Inner:
    ratio: float = 0.5
    note: str | None = None


@dataclass(frozen=True)
class Step:
    size: int


@dataclass(frozen=True)
class Outer:
    steps: tuple[Step, ...] = ()
    count: int = 3
    names: tuple[str, ...] = ()
    inner: Inner = field(default_factory=Inner)


def test_what_is_not_named_keeps_its_default() -> None:
    assert read(Outer, {}) == Outer()
    assert read(Outer, {"inner": {"ratio": 1}}) == Outer(inner=Inner(ratio=1.0))
    assert read(Outer, {"names": ["a", "b"], "inner": {"note": "x"}}).names == ("a", "b")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cuont": 1}, "unknown setting cuont; known here: count, inner, names, steps"),
        ({"count": "1"}, "setting count: expected int, found '1'"),
        ({"count": True}, "setting count: expected int, found True"),
        ({"inner": 1}, "setting inner: expected a table"),
        ({"inner": {"note": 1}}, "setting inner.note: expected str, found 1"),
        ({"names": "a"}, "setting names: expected a list"),
        ({"count": -1}, "setting count: expected a number from 0 up, found -1"),
        ({"inner": {"ratio": float("nan")}}, "setting inner.ratio: expected a number from 0 up"),
        ({"inner": {"ratio": float("inf")}}, "setting inner.ratio: expected a number from 0 up"),
        ({"steps": [{}]}, r"setting steps\[0\].size is missing"),
        ({"names": [1]}, r"setting names\[0\]: expected str, found 1"),
    ],
)
def test_errors_name_the_setting(values: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        read(Outer, values)
