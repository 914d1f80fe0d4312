"""Which way leads to a place, by the scheme of its address."""

import ssl
from dataclasses import replace
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from manycast.destination.address import rtmp_address
from manycast.model.destinations import DestinationGrant
from manycast.model.media import AudioConfig, VideoConfig
from manycast.runtime.destination.rtmp import RtmpWay
from manycast.runtime.destination.way import Way
from manycast.settings.tree import Settings


def way_to(
    grant: DestinationGrant, video: VideoConfig, audio: AudioConfig, settings: Settings
) -> Way:
    """Raises ValueError when the address leads nowhere, in words for people; OSError when the CA file is no use."""
    if settings.destinations.private_addresses:
        return _way_to(grant, (video, audio), settings, "")
    from manycast.runtime.destination.gated import Gated  # noqa: PLC0415  most do without

    host = urlsplit(grant.url).hostname
    if not host:
        raise ValueError("the address names no server: use one like rtmp://host/app")
    return Gated(host, lambda at: _way_to(grant, (video, audio), settings, at))


def _way_to(
    grant: DestinationGrant,
    configs: tuple[VideoConfig, AudioConfig],
    settings: Settings,
    at: str,
) -> Way:
    """``at`` is the network's address to connect to; empty: as the host's name says."""
    scheme = grant.url.partition(":")[0].lower()
    if scheme == "srt":
        # Loaded by those who need it: most destinations are RTMP, and their processes small.
        from manycast.runtime.destination.srt import srt_way  # noqa: PLC0415

        return srt_way(grant, *configs, settings.ladder.ffmpeg, at)
    if scheme in {"http", "https"}:
        from manycast.runtime.destination.whip import WhipWay  # noqa: PLC0415

        ca_file = settings.destinations.ca_file
        authorities = trust(ca_file) if scheme == "https" else None
        return WhipWay(grant, configs, authorities, settings.ladder.ffmpeg, at)
    if scheme not in {"rtmp", "rtmps"}:
        raise ValueError(
            f"{scheme}:// is no way out of here: use rtmp://, rtmps://, srt://, or https:// for WHIP"
        )
    address = replace(rtmp_address(grant.url, grant.key), at=at)
    authorities = trust(settings.destinations.ca_file) if address.tls else None
    return RtmpWay(address, *configs, authorities)


@cache
def trust(ca_file: str) -> ssl.SSLContext:
    """Read once: the system's certificates are some hundred."""
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise OSError(f"destinations.ca_file {Path(ca_file)}: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
