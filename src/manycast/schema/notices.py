"""Who is told what, and what became of it: targets, rules, deliveries, the mail server."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema

from manycast.model.notices import DeliveryState, Kind, Quietly, Way
from manycast.schema.channels import ChannelName
from manycast.schema.values import WHOLE, Id, Line, Name, Prose, Switch, Value


URL = r"^https?://[A-Za-z0-9._-]+(:[0-9]{1,4})?([/?][!-~]*)?$"
"""What a hook's address usually looks like; ports of five digits and IPv6 addresses are taken too."""
ADDRESS = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+$"
"""As browsers check ``input type=email``."""
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
HOST = r"^[A-Za-z0-9.:-]*$"
RECIPIENTS_MAX = 20
"""In one e-mail; whoever needs more has a list server."""
TARGETS_MAX = 20
"""Of one rule."""


def _checked(url: str) -> str:
    parts = urlsplit(url)
    plain = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    if not plain or parts.port == 0 or not (url.isascii() and url.isprintable() and " " not in url):
        raise ValueError("an address such as https://hooks.example.org/in, without a user in it")
    return url


Url = Annotated[
    str,
    AfterValidator(_checked),
    Field(
        max_length=2000,
        json_schema_extra={"pattern": URL},
        description="Kept secret: replies show only where it leads. Redirects are not followed.",
    ),
]
Address = Annotated[str, Field(max_length=254, pattern=ADDRESS)]
Recipients = Annotated[list[Address], Field(min_length=1, max_length=RECIPIENTS_MAX)]
Clock = Annotated[str, Field(pattern=CLOCK, examples=["22:00"])]


class NewHook(Value):
    """A webhook of one's own, a Discord webhook, or a Slack incoming webhook."""

    kind: Literal[Way.WEBHOOK, Way.DISCORD, Way.SLACK]
    name: Name
    url: Url
    enabled: Switch = True


class NewMailbox(Value):
    kind: Literal[Way.EMAIL]
    name: Name
    recipients: Recipients
    enabled: Switch = True


NewTarget = Annotated[NewHook | NewMailbox, Field(discriminator="kind")]


class TargetChange(Value):
    """Only what is to change."""

    name: Name | None = None
    url: Url | None = None
    recipients: Recipients | None = None
    enabled: Switch | None = None


class Target(Value):
    """Where notices go."""

    id: str
    kind: Way
    name: str
    enabled: Switch
    address: str = Field(description="Where it leads, without what is secret in it.")
    recipients: list[str]
    trouble: str | None = Field(
        description="Why the last attempt to deliver failed; null when it went well, or none was made."
    )
    tried_at: datetime | None = Field(description="The last attempt.")
    created_at: datetime
    changed_at: datetime
    version: int


class TargetMade(Target):
    secret: str | None = Field(
        description="What a webhook's receiver verifies signatures with (Standard Webhooks);"
        " shown this once. Null for the other kinds."
    )


class SecretMade(Value):
    secret: str = Field(description="Shown this once.")
    old_until: datetime = Field(
        description="Until then messages are also signed with the secret before."
    )


class QuietHours(Value):
    """Every day; from 22:00 to 07:00 is a night."""

    zone: str = Field(
        max_length=64,
        pattern=r"^[A-Za-z][A-Za-z0-9_+/-]*$",
        json_schema_extra={"format": "time-zone"},
        description="Of the IANA time zones.",
        examples=["Europe/Berlin"],
    )
    begins: Clock
    ends: Clock
    instead: Quietly = Quietly.HOLD


RuleKind = Annotated[
    Kind, WithJsonSchema({"type": "string", "enum": [kind for kind in Kind if kind != Kind.TEST]})
]
Kinds = Annotated[list[RuleKind], Field(min_length=1, max_length=len(Kind))]
Channels = Annotated[
    list[ChannelName],
    Field(max_length=200, description="Only of these; empty: of every channel."),
]
TargetIds = Annotated[
    list[Id],
    Field(max_length=TARGETS_MAX),
]
Lasting = Annotated[
    int,
    Field(
        ge=0,
        le=3600,
        description="Seconds that a trouble, or its end, must last before it is told.",
    ),
    WHOLE,
]
Cooldown = Annotated[
    int,
    Field(
        ge=0,
        le=86_400,
        description="Seconds in which the same is not told again of the same channel or node.",
    ),
    WHOLE,
]


class NewRule(Value):
    name: Name
    enabled: Switch = True
    kinds: Kinds
    channels: Channels = Field(default_factory=list)
    targets: TargetIds = Field(default_factory=list)
    lasting_s: Lasting = 15
    cooldown_s: Cooldown = 300
    quiet: QuietHours | None = None
    title: Line = Field(
        default="",
        description="Instead of the usual title; `{channel}` and the like stand for words"
        " (`GET /notice-kinds` lists them). Empty: the usual.",
    )
    text: Prose = Field(default="", description="Instead of the usual text.")


class RuleChange(Value):
    """Only what is to change."""

    name: Name | None = None
    enabled: Switch | None = None
    kinds: Kinds | None = None
    channels: Channels | None = None
    targets: TargetIds | None = None
    lasting_s: Lasting | None = None
    cooldown_s: Cooldown | None = None
    quiet: QuietHours | None = Field(default=None, description="Null: no quiet hours any more.")
    title: Line | None = None
    text: Prose | None = None


class Rule(Value):
    """What is told to whom, and when not."""

    id: str
    name: str
    enabled: Switch
    kinds: list[Kind]
    channels: list[str]
    targets: list[str]
    lasting_s: int
    cooldown_s: int
    quiet: QuietHours | None
    title: str
    text: str
    created_at: datetime
    changed_at: datetime
    version: int


class Delivery(Value):
    """One notice on its way to one target."""

    id: str = Field(description="A webhook's `webhook-id`; the same in every attempt.")
    kind: Kind
    channel: str | None
    title: str
    text: str
    happened_at: datetime
    target_id: str
    target_name: str
    rule_id: str | None = Field(description="Null for a test.")
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    tried_at: datetime | None
    delivered_at: datetime | None
    reason: str | None = Field(description="Why the last attempt failed.")
    created_at: datetime


class Word(Value):
    """A place in a template."""

    word: str
    meaning: str


class NoticeKind(Value):
    """What there is to be told of."""

    kind: Kind
    title: str = Field(description="The usual title, as a template.")
    text: str
    words: list[Word]
    of_channel: bool = Field(description="Whether it concerns one channel.")
    lasting: bool = Field(description="Whether it is a trouble, or its end, that must last.")


class NoticeKinds(Value):
    items: list[NoticeKind]


class MailServer(Value):
    """Through which server e-mail leaves."""

    host: str = Field(description="Empty: no e-mail is sent.")
    port: int
    security: Literal["tls", "starttls", "none"]
    username: str
    password_set: bool
    sender: str
    version: int = Field(description="0: never set.")


class NewMailServer(Value):
    host: str = Field(max_length=253, pattern=HOST)
    port: Annotated[int, Field(ge=1, le=65_535), WHOLE] = 587
    security: Literal["tls", "starttls", "none"] = Field(
        default="starttls",
        description="`tls` from the start (port 465), `starttls` (587), or `none`: for a server on"
        " the same machine, and never with a password elsewhere.",
    )
    username: str = Field(default="", max_length=254, pattern=r"^[^\x00-\x1f\x7f]*$")
    password: str | None = Field(
        default=None,
        max_length=1000,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="Null: the one that is set stays, unless host or user are others. Empty: none.",
    )
    sender: Address
