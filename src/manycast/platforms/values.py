"""What platforms know of: apps, accounts, places to send to, what is shown and what is said."""

from dataclasses import dataclass, field

from manycast.model.destinations import Platform, PlatformState


@dataclass(frozen=True, slots=True)
class App:
    """What an administrator registered at the platform, so that people can connect their accounts."""

    client_id: str
    secret: str = field(default="", repr=False)
    """Empty where the platform takes an app without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """An account's leave; whoever has them is the account."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_ms: int = 0
    """0: unknown."""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who an account is at its platform."""

    external_id: str
    name: str
    """As people there see it."""
    url: str = ""
    """Its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """Where an account's stream is to be sent."""

    url: str
    """``rtmps://`` where the platform has it."""
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    id: str
    name: str
    picture: str = ""
    """The address of a small one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a platform shows beside the stream; an empty field is left as it is there."""

    title: str = ""
    description: str = ""
    category_id: str = ""
    """The platform's own."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAir:
    """How a platform shows an account's stream, as it said last."""

    state: PlatformState
    viewers: int | None = None
    """None: it does not say."""
    title: str = ""
    url: str = ""
    """Where people watch it there."""
    health: str = ""
    """What the platform says is wrong with the stream, for people; empty: nothing."""
    broadcast_id: str = ""
    """The platform's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLine:
    """Something that somebody said there."""

    platform: Platform
    id: str
    """The platform's own."""
    author_id: str
    author: str
    text: str
    at_ms: int
    badges: tuple[str, ...] = ()
    """``owner``, ``moderator``, ``vip``, ``member``, ``verified``, as far as the platform says."""
    colour: str = ""
    """Of the author's name, ``#rrggbb``; empty: none chosen."""
    reply_to: str = ""
    """The name of whom it answers."""
    paid: str = ""
    """What was given with it, such as ``100 bits`` or ``5.00 EUR``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRemoved:
    """Moderators took it away there; with neither id: everything."""

    platform: Platform
    line_id: str = ""
    author_id: str = ""
    """Everything of this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTrouble:
    """Nothing is heard for now, and why; an empty reason: it is heard again."""

    platform: Platform
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stirred:
    """The stream began, ended or changed there: worth a look at once."""

    platform: Platform


Heard = ChatLine | ChatRemoved | ChatTrouble | Stirred


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a person has to do to connect an account."""

    url: str
    """Where to go, in the person's own browser."""
    user_code: str = ""
    """To be entered or compared there; empty: nothing is, and the platform sends the browser back to us."""
    interval_s: float = 5.0
    """Between two questions whether they did, with a code."""
    expires_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A connection that a person has begun; kept in memory alone."""

    prompt: Prompt
    secret: str = field(repr=False)
    """Device code, or PKCE verifier."""
    state: str = field(default="", repr=False)
    """What the browser must bring back."""
    redirect_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    account: Account
    tokens: Tokens
