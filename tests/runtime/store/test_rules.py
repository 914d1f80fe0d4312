from typing import Any

from manycast.runtime.store import rules
from manycast.runtime.store.store import Store
from manycast.runtime.store.tables.notices import Rule


def rule(rule_id: str, **fields: Any) -> Rule:
    values: dict[str, Any] = {
        "name": "r", "enabled": True, "kinds": [], "channels": [], "targets": [], "lasting_ms": 0,
        "cooldown_ms": 0, "quiet": {}, "title": "", "text": "", "created_ms": 1, "changed_ms": 1,
    }  # fmt: skip
    return Rule(id=rule_id, **{**values, **fields})


def test_a_rule_that_is_off_is_not_in_force(store: Store) -> None:
    with store.record() as db:
        db.add_all([rule("rul_1"), rule("rul_2", enabled=False)])
    with store.read() as db:
        assert rules.count(db) == 2
        assert [each.id for each in rules.in_force(db)] == ["rul_1"]
