from datetime import UTC, datetime

from manycast.schema.audit import AuditEntry


def test_what_changed_is_kept_as_it_was_written() -> None:
    entry = AuditEntry(
        id="aud_1",
        at=datetime(2000, 1, 1, tzinfo=UTC),
        actor_id=None,
        actor="manycast",
        credential_id=None,
        address="",
        action="channel.create",
        target="live",
        detail={"title": "Live", "tags": [1, None]},
    )
    assert AuditEntry.model_validate_json(entry.model_dump_json()) == entry
