"""Logging in, and one's own account."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from manycast.schema.values import Value


RoleName = Literal["viewer", "broadcaster", "operator", "admin"]
Scope = Literal[
    "self",
    "live:read",
    "channels:read",
    "channels:write",
    "channels:manage",
    "keys:write",
    "recordings:read",
    "recordings:write",
    "destinations:read",
    "destinations:write",
    "chat:read",
    "chat:write",
    "fleet:read",
    "notices:read",
    "notices:write",
    "settings:read",
    "settings:write",
    "users:read",
    "users:write",
    "audit:read",
]
USER_NAME = r"^[A-Za-z0-9][A-Za-z0-9._@+-]*$"
EMAIL = r"^[^@\x00-\x20\x7f-\xa0]{1,64}@[A-Za-z0-9.-]{1,189}$"
UserName = Annotated[
    str,
    StringConstraints(min_length=2, max_length=64, pattern=USER_NAME),
    Field(description="What they log in with; no two people differ only in its case."),
]
Email = Annotated[
    str,
    StringConstraints(max_length=254, pattern=EMAIL),
]
Password = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        json_schema_extra={"format": "password", "writeOnly": True},
    ),
]
NewPassword = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        description="At least 12 characters, none of the first that anybody tries; nothing else is asked of it.",
        json_schema_extra={"format": "password", "writeOnly": True},
    ),
]
Code = Annotated[
    str,
    Field(
        min_length=6,
        max_length=40,
        description="Six digits of the app, or one of the recovery codes.",
    ),
]


class Secretive(Value):
    """A message with a secret in it, which shows nothing when somebody prints it."""

    def __repr_args__(self) -> list[tuple[str | None, object]]:
        return []


class Login(Secretive):
    name: Annotated[
        str,
        StringConstraints(min_length=1, max_length=254, pattern=r"^[^\x00-\x1f\x7f]*$"),
        Field(description="Name or address."),
    ]
    password: Password
    code: Code | None = Field(
        default=None,
        description="When the first try was answered with `second-factor-needed`.",
    )


class Entrance(Value):
    """What a stranger's page needs to know to show the right door."""

    setup_needed: bool = Field(description="Nobody can log in yet: see `POST /setup`.")
    sign_on: str | None = Field(
        description="What to call single sign-on, a link to `/api/v1/sign-on`; null without it."
    )


class Setup(Secretive):
    """The first administrator of a new network."""

    code: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        description="What `manycast up` printed in the link; also in the file `setup-code`."
    )
    name: UserName
    password: NewPassword
    email: Email | None = None


class Me(Value):
    id: str
    name: str
    email: str | None
    role: RoleName
    has_password: bool = Field(description="False: only single sign-on opens this account.")
    second_factor: bool
    recovery_codes_left: int


class Session(Value):
    """Who is logged in, and what they may do."""

    user: Me
    actions: list[Scope]
    second_factor_needed: bool = Field(
        description="Only one's own account is open until it has a second factor: the network asks for one."
    )
    every_channel: bool = Field(
        description="False: what concerns channels is allowed with `channels` only."
    )
    channels: list[str] = Field(description="Ids of the channels this person belongs to.")
    csrf_token: str | None = Field(
        description="Send it as `X-CSRF-Token` with whatever changes something; null with an API key."
    )
    session_id: str | None
    ends_at: datetime | None = Field(description="Unless something is asked before.")


class Proof(Secretive):
    """That it is really you; without a password, a fresh log-in is enough."""

    password: Password | None = Field(default=None)


class PasswordChange(Secretive):
    current: Password | None = Field(default=None, description="Null when there is none yet.")
    new: NewPassword


class EmailChange(Secretive):
    email: Email | None
    password: Password | None = Field(default=None)


class SecondFactorOffer(Secretive):
    """Shown once; it counts after a code of it has been sent to `/account/second-factor/confirmation`."""

    secret: str = Field(description="For typing it in.")
    link: str = Field(description="What the picture holds.")
    qr_svg: str = Field(description="The picture, black on white.")


class SecondFactorCode(Secretive):
    code: Annotated[str, Field(min_length=6, max_length=10)]


class RecoveryCodes(Secretive):
    """Shown once; each works once instead of a code of the app."""

    codes: list[str]


class LoginSession(Value):
    """A browser that is logged in."""

    id: str
    current: bool
    created_at: datetime
    used_at: datetime
    address: str
    agent: str
    ends_at: datetime
