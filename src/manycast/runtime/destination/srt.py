"""SRT: MPEG-TS to a listener, its passphrase being the key."""

from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from manycast.model.destinations import DestinationGrant
from manycast.model.media import AudioConfig, VideoCodec, VideoConfig
from manycast.model.refusals import RefusedError
from manycast.runtime.destination.piped import Piped, last_line
from manycast.runtime.ffmpeg.srt import LATENCY_US, PASSPHRASE_MAX, PASSPHRASE_MIN


CONNECT_MS: Final = 5000
"""libsrt's patience; shorter than ours, so that its words are heard."""
FORWARDED: Final = frozenset({"streamid", "latency", "pbkeylen"})
"""What an address may ask of libsrt; everything else of it is ours to decide. No ``mode``: a listener would take a port of
this machine, even one where a channel's publisher calls."""
UNANSWERED: Final = "failed: Input/output error"
"""How ffmpeg ends where libsrt has no better word: silence, or nobody behind that port."""
LOOK_AT: Final = "is the port right, is the listener running, does a firewall let UDP through?"
REFUSALS: Final = {
    "Incorrect passphrase": "the server wants another passphrase: copy it again",
    "Password required": "the server wants another passphrase: copy it again",
    "BADSECRET": "the server wants another passphrase: copy it again",
    "UNSECURE": "the server wants a passphrase, or none at all: look at its settings",
    "REJ_PEER": "the server does not take this stream: look at its stream id",
    "ERROR:PEER": "the server does not take this stream: look at its stream id",
}


def srt_way(
    grant: DestinationGrant,
    video: VideoConfig,
    audio: AudioConfig,
    ffmpeg: str | None,
    at: str = "",
) -> Piped:
    """``at`` is the network's address to connect to; empty: as the host's name says.

    Raises ValueError, in words for people, for an address that leads nowhere."""
    address = srt_address(grant, at)
    if video.codec is VideoCodec.AV1:
        raise ValueError("SRT carries MPEG-TS, which cannot hold AV1: choose another rendition")
    output = (
        *("-c", "copy", "-muxdelay", "0", "-muxpreload", "0", "-flush_packets", "1"),
        *("-f", "mpegts", address),
    )

    def verdict(words: str) -> Exception:
        for sign, meaning in REFUSALS.items():
            if sign in words:
                return RefusedError(meaning)
        if UNANSWERED in words:
            return OSError(f"nobody answers by SRT at {urlsplit(grant.url).netloc}: {LOOK_AT}")
        why = _without(grant.key, last_line(words))
        return OSError(f"SRT: {why or 'the connection broke off'}")

    return Piped(ffmpeg, output, (video, audio), verdict)


def srt_address(grant: DestinationGrant, at: str = "") -> str:
    """What ffmpeg is told; raises ValueError in words for people."""
    try:
        parts = urlsplit(grant.url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or not port:
        raise ValueError("the address must be like srt://host:port, perhaps with ?streamid=…")
    if grant.key and not PASSPHRASE_MIN <= len(grant.key) <= PASSPHRASE_MAX:
        raise ValueError(f"an SRT passphrase has {PASSPHRASE_MIN} to {PASSPHRASE_MAX} characters")
    asked = {name: value for name, value in parse_qsl(parts.query) if name in FORWARDED}
    ours = {"latency": str(LATENCY_US), **asked, "connect_timeout": str(CONNECT_MS)}
    if grant.key:
        ours["passphrase"] = grant.key
    place = at or host
    netloc = f"[{place}]" if ":" in place else place
    return f"srt://{netloc}:{port}?{urlencode(ours, quote_via=quote)}"


def _without(secret: str, words: str) -> str:
    return words.replace(quote(secret, safe=""), "…").replace(secret, "…") if secret else words
