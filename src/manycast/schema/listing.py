"""How a channel's stream is announced on the platforms: one form for all, with what shall be different there."""

from typing import Annotated

from pydantic import Field, StringConstraints

from manycast.schema.platforms import AccountPlatform
from manycast.schema.values import Line, Prose, Value


Tag = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=60,
        pattern=r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
    ),
]
Tags = Annotated[list[Tag], Field(max_length=30)]
CategoryId = Annotated[str, StringConstraints(max_length=100, pattern=r"^[A-Za-z0-9_-]*$")]


class ChosenCategory(Value):
    id: CategoryId
    name: Line = ""


class Exceptions(Value):
    """What is different on one platform; null: as for all."""

    category: ChosenCategory | None = Field(
        default=None,
        description="Every platform has its own. null: the one it has is left as it is.",
    )
    title: Line | None = None
    description: Prose | None = None
    tags: Tags | None = None


class PerPlatform(Value):
    twitch: Exceptions = Exceptions()
    youtube: Exceptions = Exceptions()
    kick: Exceptions = Exceptions()


class NewListing(Value):
    title: Line = Field(default="", description="Empty: left as it is on each platform.")
    description: Prose = Field(default="", description="Only YouTube has one.")
    tags: Tags = Field(default=[])
    platforms: PerPlatform = PerPlatform()


class Listing(NewListing):
    version: int = Field(description="0 before it was first set.")


class Taken(Value):
    """What became of it on one platform."""

    account_id: str
    platform: AccountPlatform
    name: str
    ok: bool
    text: str = Field(description="What went wrong, or had to be changed; empty: nothing.")


class AppliedListing(Value):
    listing: Listing
    taken: list[Taken] = Field(description="By every connected account.")
