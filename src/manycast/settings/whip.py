"""Publishing over WebRTC: from a browser, or by WHIP from OBS and ffmpeg."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WhipSettings:
    """Milliseconds unless the name says otherwise."""

    sessions_max: int = 8
    """Publishers at once, each a process of about 100 MB; 0 turns WHIP off."""
    keyframe_ms: int = 2000
    """Between two requests for a keyframe: browsers send none by themselves, and segments begin with one."""
    start_ms: int = 15_000
    """For a publisher's process to start and answer: a loaded machine takes seconds to load what it needs."""
    connect_ms: int = 15_000
    """From the answer to the first picture: ICE and DTLS through a slow network."""
    silent_ms: int = 8000
    """Without a packet until a publisher counts as gone: browsers that are closed do not always say so."""
    addresses: tuple[str, ...] = ()
    """Where publishers reach this machine by UDP, if not at an address of its own (such as behind NAT)."""
    udp_ports: tuple[int, ...] = ()
    """First and last port to use, for a firewall to let through; empty: any free one."""
