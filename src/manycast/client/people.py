"""People, invitations, and who changed what."""

from collections.abc import Iterator
from datetime import datetime

from manycast.client.wire import Wire
from manycast.schema.audit import AuditEntry
from manycast.schema.users import (
    Invitation,
    MadeInvitation,
    NewInvitation,
    PasswordReset,
    User,
    UserChange,
)


class Users:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(self) -> Iterator[User]:
        return self._wire.pages("/users", User)

    def read(self, user_id: str) -> User:
        return self._wire.ask("GET", "/users/{user_id}", User, user_id=user_id)

    def change(self, user: User, change: UserChange) -> User:
        return self._wire.ask(
            "PATCH",
            "/users/{user_id}",
            User,
            body=change,
            version=user.version,
            user_id=user.id,
        )

    def delete(self, user: User) -> None:
        self._wire.send("DELETE", "/users/{user_id}", version=user.version, user_id=user.id)

    def end_sessions(self, user_id: str) -> None:
        """Log them out everywhere."""
        self._wire.send("DELETE", "/users/{user_id}/sessions", user_id=user_id)

    def reset(self, user_id: str, reset: PasswordReset) -> MadeInvitation:
        """A link with which they set a new password."""
        return self._wire.ask(
            "POST",
            "/users/{user_id}/reset",
            MadeInvitation,
            body=reset,
            once=True,
            user_id=user_id,
        )


class Invitations:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(self) -> Iterator[Invitation]:
        """Those that can still be used."""
        return self._wire.pages("/invitations", Invitation)

    def create(self, new: NewInvitation) -> MadeInvitation:
        """With the link for whom it is for, which is never told again."""
        return self._wire.ask("POST", "/invitations", MadeInvitation, body=new, once=True)

    def withdraw(self, invitation_id: str) -> None:
        self._wire.send("DELETE", "/invitations/{invitation_id}", invitation_id=invitation_id)


class Audit:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def all(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[AuditEntry]:
        """Newest first."""
        query = {
            "actor": actor,
            "action": action,
            "target": target,
            "since": since and since.isoformat(),
            "until": until and until.isoformat(),
        }
        return self._wire.pages("/audit", AuditEntry, query)
