"""Who may do what at an edge. Without a setting there is no rule, and a rule that is off costs nothing."""

import ipaddress
from dataclasses import dataclass


TOKEN_CHARACTERS_MIN = 16


@dataclass(frozen=True, slots=True)
class GuardSettings:
    admin_token: str = ""
    """Secret that purges and looks inside, sent as `Authorization: Bearer TOKEN`; at least 16 characters.
    Empty, and no file either: nobody may. Nodes that share it follow their parents' purges."""
    admin_token_file: str = ""
    """File whose first line is the admin token, so that the settings file holds no secret."""
    orders_max: int = 1_000
    """Purges in one request; more of them go in the next."""
    followers_max: int = 256
    """Lower nodes whose questions for purges are held at a time; the next one is answered at once."""
    follow_hold_s: float = 20.0
    """Seconds such a question is held when there is nothing to tell; below the idle limits of proxies."""
    follow_page: int = 1_000
    """Purges told in one answer."""
    follow_again_s: float = 3_600.0
    """Seconds until a parent that is no manycast node is asked for its purges again."""
    methods: tuple[str, ...] = ()
    """Methods that viewers may use, such as `["GET", "HEAD"]`; none named: whatever the node understands."""
    hosts: tuple[str, ...] = ()
    """Hosts that this node answers for, such as `["example.com", "*.example.com"]`; others get 421. None
    named: any. The port does not matter."""
    proxies: tuple[str, ...] = ()
    """Addresses and networks of the proxies in front of this node, such as `["127.0.0.1", "10.0.0.0/8"]`:
    only they are believed when X-Forwarded-For says whose request it is."""
    requests_per_s: float = 0.0
    """Requests a second that one address may make in the long run; for IPv6 a /64 is one address. 0: any.
    A viewer of Low-Latency HLS makes about 10."""
    requests_burst: int = 200
    """Requests that it may make at once: a page with all its pictures."""
    token_requests_per_s: float = 0.0
    """The same for one signed token, whatever addresses it is used from. 0: any."""
    token_requests_burst: int = 200
    """Requests at once with one token."""
    connections_per_address: int = 0
    """Open connections of one address; browsers keep 6 to a site, offices and mobile networks share one
    address. 0: any."""
    remembered_max: int = 100_000
    """Addresses and tokens whose rate is remembered, of about 150 bytes each; the one unused for longest
    is forgiven first."""
    signed: tuple[str, ...] = ()
    """Paths that only a signed token opens: `["/"]` all, `["/vip/"]` what begins so."""
    key_file: str = ""
    """File of the keys that sign, one in each line, of at least 32 characters. Any of them opens, the first
    signs: put a new one on top and take the old one out when its tokens have expired."""
    signed_name: str = "token"
    """Query parameter and cookie that hold the token; `Authorization: Bearer` will do as well. None of them
    is part of the cache key or reaches the origin."""
    cors_origins: tuple[str, ...] = ()
    """Sites whose pages may read replies, such as `["https://example.com"]`, or `["*"]`. None named: what the
    origin says holds."""
    cors_credentials: bool = False
    """Such pages may send cookies along; not with `*`."""
    referers: tuple[str, ...] = ()
    """Hosts whose pages may embed what is here, such as `["example.com", "*.example.com"]`, by Origin or
    Referer. None named: any."""
    referer_missing: bool = True
    """Those who tell neither may fetch too: players outside of browsers, and people who hide it."""


def check(settings: GuardSettings) -> None:
    """Raise ValueError naming the first setting that cannot work."""
    if settings.admin_token and settings.admin_token_file:
        raise ValueError("guard.admin_token and guard.admin_token_file: set one of them")
    if settings.admin_token:
        check_token(settings.admin_token, "guard.admin_token")
    if settings.signed and not settings.key_file:
        raise ValueError("guard.signed needs guard.key_file: make one with openssl rand -hex 32")
    if not all(path.startswith("/") for path in settings.signed):
        raise ValueError("guard.signed: a path begins with a slash")
    for text in settings.proxies:
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            raise ValueError(f"guard.proxies: {error}") from error
    if settings.cors_credentials and "*" in settings.cors_origins:
        raise ValueError(
            "guard.cors_credentials: name the sites in guard.cors_origins instead of *"
        )
    for name in ("requests_burst", "token_requests_burst", "remembered_max"):
        if not getattr(settings, name):
            raise ValueError(f"guard.{name}: at least 1")


def check_token(token: str, name: str) -> None:
    if len(token) < TOKEN_CHARACTERS_MIN or not token.isascii() or not token.isprintable():
        raise ValueError(
            f"{name}: use at least {TOKEN_CHARACTERS_MIN} printable ASCII characters,"
            " for example from: openssl rand -hex 16"
        )
