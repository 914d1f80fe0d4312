"""Where a destination is, from what people enter."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from manycast.media.rtmp.publisher import Target


RTMP_PORTS: Final = {"rtmp": 1935, "rtmps": 443}


@dataclass(frozen=True, slots=True)
class RtmpAddress:
    host: str
    port: int
    tls: bool
    target: Target
    at: str = ""
    """The network's address to connect to; empty: as the host's name says."""


def rtmp_address(url: str, key: str) -> RtmpAddress:
    """Without a key, the last part of the URL's path is taken for it. Raises ValueError in words for people."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise ValueError("the address is no URL: use one like rtmp://host/app") from None
    if parts.scheme not in RTMP_PORTS or not host:
        raise ValueError("the address must be like rtmp://host/app or rtmps://host/app")
    try:
        host.encode("idna")
    except (
        UnicodeError
    ):  # two dots in a row, or a part that is too long: no resolver would be asked
        raise ValueError(f"{host} can be the name of no server: correct the address") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("a name and password inside the address are not supported")
    application = parts.path.strip("/")
    if key and not application:
        raise ValueError(
            "the address names no application, such as the app in rtmp://host/app: copy it again"
        )
    if not key:
        application, _, key = application.rpartition("/")
    if not application or not key:
        raise ValueError("the stream key is missing: copy it from the place's own page")
    application += f"?{parts.query}" if parts.query else ""
    base = f"{parts.scheme}://{parts.netloc}/{application}"
    return RtmpAddress(
        host,
        port or RTMP_PORTS[parts.scheme],
        parts.scheme == "rtmps",
        Target(application, base, key),
    )
