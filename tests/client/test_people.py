from pathlib import Path

from tests.client.joined import joined
from tests.runtime.store.people import person

from manycast.control.permissions import Role
from manycast.schema.users import NewInvitation, PasswordReset, UserChange


def test_people_are_changed_reset_and_removed(tmp_path: Path) -> None:
    with joined(tmp_path) as (network, room):
        with room.context.store.record() as db:
            person(db, "anna")
            bert = person(db, "bert", Role.VIEWER)
        user = network.users.read(bert.id)
        changed = network.users.change(user, UserChange(role="operator"))
        assert changed in list(network.users.all())
        reset = network.users.reset(bert.id, PasswordReset(expires_in_s=None))
        assert reset.token in reset.link
        network.users.end_sessions(bert.id)
        network.users.delete(network.users.read(bert.id))
        assert [one.name for one in network.users.all()] == ["anna"]
        actions = {entry.action for entry in network.audit.all(target=bert.id)}
    assert {"user.change", "user.delete"} <= actions


def test_invitations_are_made_and_withdrawn(tmp_path: Path) -> None:
    with joined(tmp_path) as (network, _):
        made = network.invitations.create(NewInvitation(role="viewer", expires_in_s=None))
        assert [one.id for one in network.invitations.all()] == [made.invitation.id]
        network.invitations.withdraw(made.invitation.id)
        assert not list(network.invitations.all())
