"""Single sign-on, as an administrator sets it up."""

from typing import Annotated

from pydantic import Field, StringConstraints

from manycast.schema.accounts import RoleName, Secretive
from manycast.schema.values import Line, Name, Value


ISSUER = r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?$"
DOMAIN = r"^[A-Za-z0-9.-]+$"
Issuer = Annotated[
    str,
    StringConstraints(max_length=200, pattern=ISSUER),
    Field(
        description="As the provider calls itself; with https, except on this machine.",
        examples=["https://accounts.example.org"],
    ),
]
Domain = Annotated[str, StringConstraints(to_lower=True, max_length=189, pattern=DOMAIN)]


class SignOn(Value):
    """A provider of OpenID Connect; the secret is never shown."""

    name: Name = Field(description="What the button on the login page says.")
    issuer: Issuer
    client_id: Line
    role_for_strangers: RoleName | None = Field(
        default=None,
        description="Whoever the provider knows and we do not gets this role; null: is refused.",
    )
    domains: Annotated[list[Domain], Field(max_length=20)] = Field(
        default=[], description="Strangers need a verified address in one of them; none: any."
    )
    redirect_uri: str = Field(description="Enter it at the provider.")
    version: int


class SignOnChange(Secretive):
    name: Name
    issuer: Issuer
    client_id: Annotated[Line, Field(min_length=1)]
    client_secret: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        default=None, description="Null: the one that is there stays."
    )
    role_for_strangers: RoleName | None = None
    domains: Annotated[list[Domain], Field(max_length=20)] = Field(default=[])


class SignOnTrial(Value):
    """Whether the provider is there and fit."""

    works: bool
    trouble: str | None = Field(description="What is wrong, and with whom.")


class LinkedIdentity(Value):
    """An account with a provider that opens this one."""

    id: str
    issuer: str
    subject: str
