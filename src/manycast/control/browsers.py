"""What a request that a browser makes must show besides the cookie that it sends by itself."""

import hashlib
import hmac
from urllib.parse import urlsplit


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE = "manycast_session"
SIGN_ON_COOKIE = "manycast_sign_on"
"""Holds what the reply of a single sign-on is compared with."""

CONNECT_COOKIE = "manycast_connect"
"""Holds who began to connect an account of a platform that sends the browser back."""


def cookie_name(name: str, secure: bool) -> str:
    """With ``__Host-`` no other host of the domain, and nobody without TLS, can set it."""
    return f"__Host-{name}" if secure else name


def csrf_token(cookie: str) -> str:
    """Made from the session's secret: whoever cannot read the cookie's reply cannot make it, and nothing has to be kept."""
    return hmac.new(cookie.encode(), b"manycast: csrf", hashlib.sha256).hexdigest()


def proves(cookie: str, token: str) -> bool:
    return hmac.compare_digest(csrf_token(cookie).encode(), token.encode())


def foreign(origin: str | None, fetch_site: str | None, host: str, public_url: str = "") -> bool:
    """Whether the page that made the browser send this is not ours.

    Programs send neither field; browsers send ``Origin`` with everything that may change something. ``host`` is what was asked for.
    """
    if fetch_site not in {None, "same-origin", "none"}:
        return True
    if origin is None:
        return False
    asked = {host.lower(), urlsplit(public_url).netloc.lower()} - {""}
    return origin.lower().partition("://")[2] not in asked
