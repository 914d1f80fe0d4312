"""Whose request it is, and which addresses count as one."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache


Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_REMEMBERED = 4_096


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Of addresses and prefixes such as ``10.0.0.0/8``; raises ValueError."""
    return tuple(ipaddress.ip_network(text) for text in texts)


@lru_cache(maxsize=_REMEMBERED)
def party(host: str) -> str:
    """The address, or the /64 of IPv6, which one customer has whole."""
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
    return host if address is None else str(address)


def client(peer: str, forwarded: bytes | None, proxies: Sequence[Network]) -> str:
    """The last address of X-Forwarded-For that no trusted proxy has; else the peer's own."""
    if not proxies or not trusted(peer, proxies):
        return peer
    hops = [hop.strip() for hop in (forwarded or b"").decode("latin-1").split(",") if hop.strip()]
    for hop in reversed(hops):
        if _address(hop) is None:
            return peer
        if not trusted(hop, proxies):
            return hop
    return hops[0] if hops else peer


def trusted(host: str, proxies: Sequence[Network]) -> bool:
    address = _address(host)
    return address is not None and any(address in network for network in proxies)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
