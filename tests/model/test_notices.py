import re

from manycast.model.notices import Kind


def test_kinds_are_named_as_standard_webhooks_name_types() -> None:
    assert all(re.fullmatch(r"[a-z]+(\.[a-z]+)?", kind) for kind in Kind)
