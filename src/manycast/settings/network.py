"""Where each role listens, and who may reach it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Addresses as ``HOST:PORT``; an empty host means every interface."""

    rtmp: str = ":1935"
    """Broadcasters: OBS, ffmpeg and others publish to ``rtmp://HOST:1935/live``."""
    rtmps: str = ""
    """The same over TLS, commonly ``:443`` or ``:1936``; empty is off. Needs ``certificate``."""
    certificate: str = ""
    """PEM file with the certificate chain and the private key for RTMPS."""
    origin: str = "127.0.0.1:8081"
    """The origin's HTTP: only edges read it, so it stays on this machine unless they are elsewhere."""
    edge: str = ":8000"
    """Viewers."""
    control: str = ":8080"
    """The dashboard and the API."""
    srt: str = ":8890"
    """SRT publishers over UDP: the first channel on this port, the next on the one after it."""
    srt_channels_max: int = 8
    """Channels that get an SRT listener, each a waiting ffmpeg of about 30 MB; 0 turns SRT off."""


def check(settings: NetworkSettings) -> None:
    """Raise ValueError naming the first setting that cannot work."""
    for name in ("rtmp", "rtmps", "origin", "edge", "control", "srt"):
        listen = getattr(settings, name)
        try:
            if listen or name != "rtmps":
                address(listen)
        except ValueError as error:
            raise ValueError(f"network.{name}: {error}") from error
    if settings.rtmps and not settings.certificate:
        raise ValueError(
            "network.rtmps needs network.certificate: name a PEM file with chain and key"
        )


def address(text: str) -> tuple[str, int]:
    """Split ``HOST:PORT`` (or ``[V6]:PORT``); raises ValueError saying what is wrong."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"address {text!r}: use HOST:PORT, for example 127.0.0.1:8000 or :8000")
    return host.removeprefix("[").removesuffix("]"), int(port)


def joined(host: str, port: int) -> str:
    """``HOST:PORT`` as in a URL, an IPv6 host in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
