"""Where people reach the roles: what they copy into their encoder, and where they watch."""

import re
from urllib.parse import urlsplit

from manycast.schema.channels import Addresses
from manycast.settings.network import address, joined
from manycast.settings.tree import Settings


AUTHORITY = re.compile(r"(?P<name>[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:.]{2,45}\])(:[0-9]{1,5})?")
"""A host and perhaps a port; what browsers send is not believed to be one."""


def host_name(settings: Settings, authority: str) -> str:
    """The host by which a browser reached the control role, without its port."""
    public = urlsplit(settings.control.public_url).netloc
    found = AUTHORITY.fullmatch(public or authority)
    return found["name"].strip("[]") if found else "localhost"


def edge_url(settings: Settings, authority: str) -> str:
    """How browsers reach the viewers' edge, without a slash at the end."""
    if settings.control.public_edge_url:
        return settings.control.public_edge_url.rstrip("/")
    scheme = "https" if settings.tls.certificate else "http"
    return f"{scheme}://{_beside(settings, authority, settings.network.edge)}"


def addresses_of(
    settings: Settings, authority: str, channel: str, srt_slot: int | None, *, whip: bool
) -> Addresses:
    """``authority`` is the host, perhaps with a port, by which the browser reached the control role; ``whip``:
    whether an origin takes publishers over WebRTC."""
    network, edge = settings.network, edge_url(settings, authority)
    secure = (
        f"rtmps://{_beside(settings, authority, network.rtmps)}/live" if network.rtmps else None
    )
    return Addresses(
        rtmp=f"rtmp://{_beside(settings, authority, network.rtmp)}/live",
        rtmps=secure,
        srt=None if srt_slot is None else srt_url(settings, authority, srt_slot),
        whip=whip_url(settings, authority) if whip else None,
        watch=f"{edge}/watch/{channel}",
        playlist=f"{edge}/live/{channel}/index.m3u8",
    )


def whip_url(settings: Settings, authority: str) -> str:
    """The control role's own address: browsers reach no origin's HTTP."""
    shown = authority if AUTHORITY.fullmatch(authority) else "localhost"
    return f"{settings.control.public_url.rstrip('/') or f'http://{shown}'}/whip"


def srt_url(settings: Settings, authority: str, slot: int) -> str:
    """Without the passphrase."""
    port = address(settings.network.srt)[1] + slot
    return f"srt://{joined(host_name(settings, authority), port)}"


def _beside(settings: Settings, authority: str, listen: str) -> str:
    """``HOST:PORT`` of another role on the host of the control role."""
    return joined(host_name(settings, authority), address(listen)[1])
