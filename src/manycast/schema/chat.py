"""What viewers say on the platforms, together; for the people of a channel alone."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from manycast.schema.platforms import AccountPlatform
from manycast.schema.values import Value


Said = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=500,
        pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
    ),
]


class ChatEntry(Value):
    number: int = Field(description="Grows; the same line never has two.")
    platform: AccountPlatform
    author: str
    colour: str = Field(description="Of the author's name, `#rrggbb`; empty: none chosen.")
    text: str
    at: datetime
    badges: list[str] = Field(description="`owner`, `moderator`, `vip`, `member`, `verified`.")
    reply_to: str = Field(description="The name of whom it answers; empty: nobody.")
    paid: str = Field(description="What was given with it, such as `100 bits`; empty: nothing.")
    removed: bool = Field(description="Moderators took it away there.")


class ChatTrouble(Value):
    platform: AccountPlatform
    text: str = Field(description="Why nothing is heard there just now.")


class Chat(Value):
    """The last lines, oldest first."""

    items: list[ChatEntry]
    troubles: list[ChatTrouble]


class ChatChange(Value):
    """`event: chat`: what is new in a channel's chat."""

    channel: str
    entries: list[ChatEntry]
    removed: list[int] = Field(description="Numbers of lines that moderators took away.")
    troubles: list[ChatTrouble] = Field(description="All that there are now.")


class NewLine(Value):
    text: Said
    platforms: Annotated[list[AccountPlatform], Field(max_length=3)] = Field(
        default=[], description="Empty: everywhere."
    )


class LineTaken(Value):
    platform: AccountPlatform
    ok: bool
    text: str = Field(description="What went wrong; empty: nothing.")


class LinesTaken(Value):
    said: list[LineTaken] = Field(
        description="By each platform whose chat is listened to: while the channel is on the air."
    )
