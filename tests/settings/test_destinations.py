from dataclasses import replace

import pytest

from manycast.settings.destinations import DestinationsSettings, check


def test_the_defaults_work_together() -> None:
    check(DestinationsSettings())


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"queue_ms": 100}, "queue_ms"), ({"retry_limit_ms": 1}, "retry_limit_ms")],
)
def test_what_cannot_work_is_named(changed: dict[str, int], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        check(replace(DestinationsSettings(), **changed))
