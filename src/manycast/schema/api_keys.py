"""What programs show instead of a password."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from manycast.schema.accounts import Scope, Secretive
from manycast.schema.values import Name, Value


class ApiKey(Value):
    id: str
    name: str
    hint: str = Field(description="How the key begins; the rest is shown once, when it is made.")
    scopes: list[str]
    created_at: datetime
    used_at: datetime | None = Field(description="To the minute.")
    expires_at: datetime | None


class NewApiKey(Value):
    name: Name = Field(description="What it is for.")
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)] = Field(
        description="Never more than your role allows, and never `self`."
    )
    expires_in_s: int | None = Field(
        default=None, ge=60, le=10 * 366 * 86_400, description="Null: until it is deleted."
    )


class MadeApiKey(Secretive):
    """The only reply that ever holds the key itself."""

    key: ApiKey
    secret: str = Field(description="Send it as `Authorization: Bearer …`. Shown once.")
