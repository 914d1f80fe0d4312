"""Where people reach the roles: what they copy into their encoder, and where they watch."""

from urllib.parse import urlsplit

from manycast.settings.network import address, joined
from manycast.settings.tree import Settings


def host_name(settings: Settings, authority: str) -> str:
    """The host by which a browser reached the control role, without its port."""
    public = settings.control.public_url
    return urlsplit(public or f"//{authority}").hostname or "localhost"


def edge_url(settings: Settings, authority: str) -> str:
    """How browsers reach the viewers' edge, without a slash at the end."""
    if settings.control.public_edge_url:
        return settings.control.public_edge_url.rstrip("/")
    scheme = "https" if settings.tls.certificate else "http"
    return f"{scheme}://{_beside(settings, authority, settings.network.edge)}"


def _beside(settings: Settings, authority: str, listen: str) -> str:
    """``HOST:PORT`` of another role on the host of the control role."""
    return joined(host_name(settings, authority), address(listen)[1])
