"""People, and who is invited to be one."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from manycast.schema.accounts import Code, Email, NewPassword, RoleName, Secretive, UserName
from manycast.schema.channels import ChannelName
from manycast.schema.values import Line, Switch, Value


class User(Value):
    id: str
    name: str
    email: str | None
    role: RoleName
    disabled: bool = Field(description="Nobody can log in as them, and their API keys are refused.")
    has_password: bool
    second_factor: bool
    sign_on: bool = Field(description="Whether single sign-on opens this account.")
    created_at: datetime
    seen_at: datetime | None = Field(description="When one of their sessions was last used.")
    version: int


class UserChange(Value):
    """What is left out or null stays as it is."""

    name: UserName | None = None
    role: RoleName | None = None
    disabled: Switch | None = None


ExpiresIn = Annotated[
    int | None,
    Field(
        default=None,
        ge=60,
        le=30 * 86_400,
        description="Seconds that the link works; null: as `accounts.invitation_s` says.",
    ),
]


class NewInvitation(Value):
    role: RoleName
    channels: Annotated[list[ChannelName], Field(max_length=100)] = Field(
        default=[], description="Which channels the new person belongs to."
    )
    email: Email | None = Field(
        default=None, description="Single sign-on lets in whoever it says has this address."
    )
    note: Line = Field(default="", description="Whom it is for, in your words.")
    expires_in_s: ExpiresIn


class PasswordReset(Value):
    forget_second_factor: bool = Field(
        default=False, description="For somebody who has lost the phone and the recovery codes."
    )
    expires_in_s: ExpiresIn


class Invitation(Value):
    """A link that works once."""

    id: str
    kind: Literal["join", "reset"] = Field(
        description="Makes an account, or sets a new password for one."
    )
    user_id: str | None = Field(description="Whose password it resets.")
    role: RoleName
    channels: list[str] = Field(description="Names.")
    email: str | None
    note: str
    created_by: str
    created_at: datetime
    expires_at: datetime


class MadeInvitation(Secretive):
    """The only reply that ever holds the token."""

    invitation: Invitation
    token: str
    link: str = Field(description="Send it to whom it is for; shown once.")


class InvitationToken(Secretive):
    token: Annotated[str, Field(min_length=1, max_length=100)]


class Offer(Value):
    """What whoever holds the link is offered."""

    kind: Literal["join", "reset"]
    name: str | None = Field(description="Whose password it resets.")
    email: str | None
    role: RoleName
    channels: list[str] = Field(description="Names.")
    code_needed: bool = Field(description="A code of the second factor is asked for as well.")
    expires_at: datetime


class Acceptance(Secretive):
    token: Annotated[str, Field(min_length=1, max_length=100)]
    name: UserName | None = Field(
        default=None, description="What to log in with from now on; not needed for a reset."
    )
    password: NewPassword
    code: Code | None = None
