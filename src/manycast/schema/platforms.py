"""Accounts on the platforms, how they are connected, and what the platforms know this installation by."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from manycast.model.destinations import AccountState, Platform
from manycast.schema.values import Value


AccountPlatform = Literal[Platform.TWITCH, Platform.YOUTUBE, Platform.KICK]
"""Those that have accounts."""
FlowId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{16,100}$")]


class PlatformAccount(Value):
    id: str
    platform: AccountPlatform
    name: str
    url: str = Field(description="Its page there; empty: not known.")
    state: AccountState
    trouble: str = Field(description="What a person has to do; empty when all is well.")
    scopes: list[str] = Field(description="What it allows us, in the platform's words.")
    created_at: datetime


class PlatformAccounts(Value):
    """All of a channel."""

    items: list[PlatformAccount]


class Prompt(Value):
    """What a person has to do at the platform."""

    id: str = Field(description="To ask with whether they did.")
    url: str = Field(description="Where to go, in their own browser.")
    user_code: str | None = Field(
        description="To be entered or compared there; null: the platform sends the browser back here."
    )
    interval_s: float = Field(description="Between two questions whether they did.")
    expires_at: datetime


class Connecting(Value):
    state: Literal["waiting", "connected"]
    account: PlatformAccount | None = Field(description="Null while waiting.")


def _checked(url: str) -> str:
    parts = urlsplit(url)
    bare = not parts.query and not parts.fragment and "@" not in parts.netloc
    if url and not (parts.scheme == "https" and parts.hostname and bare and parts.port != 0):
        raise ValueError("an address such as https://live.example.org, without anything secret")
    return url


PublicUrl = Annotated[
    str,
    AfterValidator(_checked),
    Field(
        max_length=500,
        json_schema_extra={
            "pattern": r"^(https://[A-Za-z0-9._-]+(:[0-9]{1,4})?(/[A-Za-z0-9._/-]*)?)?$"
        },
        description="Where the platform reaches this control room, for what it tells by webhooks alone (Kick's chat);"
        " empty: nowhere.",
    ),
]
ClientId = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[!-~]+$")]
Secret = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[!-~]+$")]


class PlatformApp(Value):
    """What a platform gave whoever registered this installation there."""

    platform: AccountPlatform
    client_id: str
    has_secret: bool
    public_url: str
    redirect_uri: str = Field(description="To be entered there as where browsers come back to.")
    webhook_url: str | None = Field(
        description="To be entered there as where webhooks go; null: it has none, or no public address is known."
    )
    version: int = Field(description="0: none is set up yet.")


class PlatformApps(Value):
    """One for each platform, also for those that none is set up for."""

    items: list[PlatformApp]


class PlatformAppChange(Value):
    client_id: ClientId
    client_secret: Secret | None = Field(
        default=None,
        repr=False,
        description="null: the one before, or none where the platform wants none.",
    )
    public_url: PublicUrl = ""


class Category(Value):
    id: str
    name: str
    picture: str = Field(description="Address of a small one; empty: none.")


class Categories(Value):
    items: list[Category]
