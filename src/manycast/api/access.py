"""Who asks, and whether they may: every route says which action it is, or is public."""

from typing import Annotated, Any

from fastapi import Depends, Request

from manycast.api.problems import Problem
from manycast.control.permissions import Action, Principal, allowed
from manycast.runtime.store.audit import Actor


PUBLIC = frozenset({"read_system"})
"""Operations that anybody may ask for."""


async def principal(request: Request) -> Principal:
    """Raises Problem 401 without good credentials."""
    del request
    raise Problem(401, "unauthenticated", "Log in, or send an API key.")


async def actor(request: Request, who: Annotated[Principal, Depends(principal)]) -> Actor:
    """For the audit log."""
    address = request.client.host if request.client else ""
    return Actor(
        user_id=who.user_id, name=who.name, credential_id=who.credential_id, address=address
    )


By = Annotated[Actor, Depends(actor)]


def may(action: Action) -> Any:
    """For a parameter of a route: ``who: Annotated[Principal, may(Action.LIVE_READ)]``. Raises Problem 403."""

    async def checked(who: Annotated[Principal, Depends(principal)]) -> Principal:
        require(who, action)
        return who

    return Depends(checked)


def require(who: Principal, action: Action, channel_id: str | None = None) -> None:
    """Raise Problem 403 unless they may do this, with this channel if one is given."""
    if not allowed(who, action, channel_id):
        raise Problem(403, "forbidden", f"Your role does not allow {action}.")
