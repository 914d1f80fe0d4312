"""Rows of the outbox for tests."""

from typing import Any

from manycast.model.notices import Kind
from manycast.runtime.store.deliveries import Letter
from manycast.runtime.store.tables.notices import Delivery, Target


def letter(once: str = "x", **fields: Any) -> Letter:
    values: dict[str, Any] = {
        "kind": Kind.STREAM_LIVE, "subject": "live", "channel": "live", "at_ms": 1,
        "title": "live is live", "text": "", "data": {"channel": "live"},
    }  # fmt: skip
    return Letter(once=once, **{**values, **fields})


def row(delivery_id: str = "dlv_1", **fields: Any) -> Delivery:
    values: dict[str, Any] = {
        "once": delivery_id, "kind": "stream.live", "subject": "live", "channel": "live",
        "at_ms": 1, "title": "live is live", "text": "", "data": {"channel": "live"},
        "rule_id": "", "target_id": "tgt_1", "target_name": "mine", "state": "waiting",
        "attempts": 0, "due_ms": 0, "until_ms": 10_000, "tried_ms": None, "delivered_ms": None,
        "reason": "", "created_ms": 1,
    }  # fmt: skip
    return Delivery(id=delivery_id, **{**values, **fields})


def target(target_id: str = "tgt_1", **fields: Any) -> Target:
    values: dict[str, Any] = {
        "kind": "webhook", "name": "mine", "enabled": True, "address": "", "url": None,
        "recipients": [], "secret": None, "old_secret": None, "old_until_ms": 0,
        "created_ms": 1, "changed_ms": 1,
    }  # fmt: skip
    return Target(id=target_id, **{**values, **fields})
