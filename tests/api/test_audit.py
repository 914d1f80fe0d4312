from urllib.parse import quote

from tests.api.asking import Room
from tests.api.browser import Browser, enter

from manycast.control.permissions import Role
from manycast.runtime.store.audit import MACHINE, note


def actions(browser: Browser, query: str = "") -> list[str]:
    return [each["action"] for each in browser.get(f"/audit{query}").json()["items"]]


def test_every_change_says_who_made_it_from_where_with_what(room: Room) -> None:
    ann, user = enter(room, "ann", Role.ADMIN)
    key = ann.post("/api-keys", {"name": "k", "scopes": ["live:read"]}).json()["key"]
    ann.ask("DELETE", f"/api-keys/{key['id']}")
    newest, before = ann.get("/audit").json()["items"]
    assert (newest["action"], newest["target"]) == ("api_key.delete", key["id"])
    assert (before["action"], before["detail"]["scopes"]) == ("api_key.create", ["live:read"])
    session = ann.get("/session").json()["session_id"]
    for entry in (newest, before):
        assert entry["actor_id"] == user.id
        assert entry["credential_id"] == session
        assert entry["address"] == "192.0.2.1"


def test_what_was_refused_is_not_written_down_as_done(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    ann.ask("DELETE", "/api-keys/key_0000000000000000")
    assert actions(ann) == []


def test_the_log_is_searched_by_who_what_and_when(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    ann.post("/invitations", {"role": "viewer", "note": "Bob"})
    ann.post("/api-keys", {"name": "k", "scopes": ["live:read"]})
    with room.context.store.record() as db:
        note(db, MACHINE, "recording.sweep", "live")
    assert actions(ann, "?actor=ann") == ["api_key.create", "invitation.create"]
    assert actions(ann, "?actor=manycast") == ["recording.sweep"]
    assert actions(ann, "?action=api_key") == ["api_key.create"]
    assert actions(ann, "?action=apixkey") == []
    assert actions(ann, "?action=invitation.create&target=Bob") == ["invitation.create"]
    assert actions(ann, "?until=2001-01-01T00:00:00Z") == []
    assert len(actions(ann, "?since=2001-01-01T00:00:00Z")) == 3
    assert actions(ann, "?limit=1") == ["recording.sweep"]


def test_what_looks_like_sql_is_text_like_any_other(room: Room) -> None:
    ann, _ = enter(room, "ann", Role.ADMIN)
    name = "' OR '1'='1'; DROP TABLE users; --"
    ann.post("/invitations", {"role": "viewer", "note": name})
    assert actions(ann, f"?target={quote(name)}") == ["invitation.create"]
    assert actions(ann, f"?actor={quote(name)}") == []
    assert actions(ann, f"?target={quote('%')}") == []


def test_only_administrators_read_it(room: Room) -> None:
    for role in (Role.VIEWER, Role.BROADCASTER, Role.OPERATOR):
        assert enter(room, role, role)[0].get("/audit").status_code == 403
