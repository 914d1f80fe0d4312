"""Which addresses a hook may lead to: its owner must not reach through us what only this machine can."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from manycast.runtime.notices.failure import DeliveryError


NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an IPv4 address, and the network goes there."""


RESOLVERS_MAX = 4
"""Threads that may hang on name servers: those of the database are others."""
_RESOLVERS = ThreadPoolExecutor(RESOLVERS_MAX, "resolve")


async def resolve(host: str, port: int, *, private: bool) -> str:
    """The one address to connect to: what is checked and what is used must be the same. Raises DeliveryError."""
    if not 0 < port < 65_536:
        raise DeliveryError(f"There is no port {port}.")
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(_RESOLVERS, _look_up, host, port)
    except (OSError, UnicodeError):
        raise DeliveryError(f"There is no host {host}.") from None
    addresses = [str(place[0]).partition("%")[0] for *_, place in found]
    allowed = [each for each in addresses if private or is_public(each)]
    if not allowed:
        raise DeliveryError(
            f"{host} leads to {addresses[0]}, which is not a public address;"
            " notices.private_targets allows that."
        )
    return allowed[0]


def _look_up(host: str, port: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def is_public(text: str) -> bool:
    address = _inner(ip_address(text))
    return address.is_global and not address.is_multicast


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
