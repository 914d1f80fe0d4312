"""Who may do what: the one table of roles, and the one check."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    VIEWER = "viewer"
    BROADCASTER = "broadcaster"
    OPERATOR = "operator"
    ADMIN = "admin"


class Action(StrEnum):
    """What an endpoint asks for; also the scopes of API keys."""

    SELF = "self"
    """One's own account: password, second factor, sessions, API keys."""
    LIVE_READ = "live:read"
    """What is on the air, how well it goes."""
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    """Title, recording on and off, disconnecting the publisher."""
    CHANNELS_MANAGE = "channels:manage"
    """Making and removing channels, and who their people are."""
    KEYS_WRITE = "keys:write"
    """Stream keys: making, rotating, revoking."""
    RECORDINGS_READ = "recordings:read"
    RECORDINGS_WRITE = "recordings:write"
    DESTINATIONS_READ = "destinations:read"
    """Where a channel's stream is sent on to, how that goes, and which accounts it uses."""
    DESTINATIONS_WRITE = "destinations:write"
    """Adding, changing, starting, stopping; connecting accounts; title and category on the platforms."""
    CHAT_READ = "chat:read"
    CHAT_WRITE = "chat:write"
    """Speaking in the platforms' chats in the name of a connected account."""
    FLEET_READ = "fleet:read"
    NOTICES_READ = "notices:read"
    NOTICES_WRITE = "notices:write"
    SETTINGS_READ = "settings:read"
    SETTINGS_WRITE = "settings:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    AUDIT_READ = "audit:read"
    NODE = "node"
    """Reporting as a node of the network; nobody's role, only the fleet's token."""


_VIEWER = {Action.SELF, Action.LIVE_READ, Action.CHANNELS_READ, Action.RECORDINGS_READ}
_BROADCASTER = _VIEWER | {
    Action.CHANNELS_WRITE,
    Action.KEYS_WRITE,
    Action.RECORDINGS_WRITE,
    Action.DESTINATIONS_READ,
    Action.DESTINATIONS_WRITE,
    Action.CHAT_READ,
    Action.CHAT_WRITE,
}
_OPERATOR = _BROADCASTER | {
    Action.CHANNELS_MANAGE,
    Action.FLEET_READ,
    Action.USERS_READ,
    Action.NOTICES_READ,
    Action.NOTICES_WRITE,
    Action.SETTINGS_READ,
}
_ADMIN = _OPERATOR | {
    Action.SETTINGS_WRITE,
    Action.USERS_WRITE,
    Action.AUDIT_READ,
}

ALLOWED: dict[Role, frozenset[Action]] = {
    Role.VIEWER: frozenset(_VIEWER),
    Role.BROADCASTER: frozenset(_BROADCASTER),
    Role.OPERATOR: frozenset(_OPERATOR),
    Role.ADMIN: frozenset(_ADMIN),
}
OF_A_CHANNEL = frozenset(
    {
        Action.CHANNELS_READ,
        Action.CHANNELS_WRITE,
        Action.KEYS_WRITE,
        Action.RECORDINGS_READ,
        Action.RECORDINGS_WRITE,
        Action.DESTINATIONS_READ,
        Action.DESTINATIONS_WRITE,
        Action.CHAT_READ,
        Action.CHAT_WRITE,
    }
)
"""Viewers and broadcasters may do these with the channels they belong to, the others with every channel."""
EVERY_CHANNEL = frozenset({Role.OPERATOR, Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks, after the credentials have been checked."""

    user_id: str
    """Empty for a node."""
    name: str
    role: Role | None
    """None for a node."""
    channels: frozenset[str] = frozenset()
    """Ids of the channels this person belongs to."""
    scopes: frozenset[Action] | None = None
    """What an API key narrows it down to; None with a session."""
    credential_id: str = ""
    """The session or API key it came by."""
    unproven: bool = False
    """The network wants a second factor of people in this role, and this account has none yet: only the account itself is open."""


NODE = Principal(user_id="", name="node", role=None)
"""Who bears the fleet's token."""


def allowed(who: Principal, action: Action, channel_id: str | None = None) -> bool:
    """Whether ``who`` may do this, with this channel when the action concerns one.

    Without a channel: whether there may be one with which it is allowed, for listings that filter by ``reaches``.
    """
    if who.role is None:
        return action is Action.NODE
    if who.unproven and action is not Action.SELF:
        return False
    if action not in ALLOWED[who.role]:
        return False
    if who.scopes is not None and (action not in who.scopes or action is Action.SELF):
        return False
    return channel_id is None or action not in OF_A_CHANNEL or reaches(who, channel_id)


def covers(who: Principal, role: Role) -> bool:
    """Whether they may do all that this role may, so that an API key never hands on more than it holds."""
    return all(allowed(who, action) for action in ALLOWED[role] - {Action.SELF})


def reaches(who: Principal, channel_id: str) -> bool:
    """Whether this channel is among those a person works with."""
    return who.role in EVERY_CHANNEL or channel_id in who.channels


def reach(who: Principal) -> frozenset[str] | None:
    """Ids of the channels that a listing shows them; None: of every channel."""
    return None if who.role in EVERY_CHANNEL else who.channels
