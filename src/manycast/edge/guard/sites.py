"""Which other sites may read what is here, or show it as theirs."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from manycast.std.http1 import Fields, Headers, field, lines


_ANY = "*"
_SAID = re.compile(rb"^access-control-[^\r\n]*\r\n", re.MULTILINE | re.IGNORECASE)


class Readers:
    """Cross-origin resource sharing, as the Fetch standard has it."""

    def __init__(self, origins: Sequence[str], *, credentials: bool) -> None:
        self._origins = frozenset(origin.rstrip("/").lower().encode() for origin in origins)
        self._any = _ANY in origins
        self._credentials = credentials

    def fields(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        """What every reply to such a request says beside its own."""
        if self._any:
            return [
                (b"access-control-allow-origin", b"*"),
                (b"access-control-expose-headers", b"*"),
            ]
        told = [(b"vary", b"origin")]
        origin = field(headers, b"origin")
        if origin is None or origin.lower() not in self._origins:
            return told
        told.append((b"access-control-allow-origin", origin))
        if self._credentials:
            told.append((b"access-control-allow-credentials", b"true"))
        return [*told, (b"access-control-expose-headers", b"age, date, cache-status")]

    def preflight(self, method: str, headers: Headers) -> list[tuple[bytes, bytes]] | None:
        """What a browser that asks first is told beside ``fields``; None when it does not ask."""
        asked = field(headers, b"access-control-request-method")
        if method != "OPTIONS" or asked is None or field(headers, b"origin") is None:
            return None
        told = [
            (b"access-control-allow-methods", b"GET, HEAD"),
            (b"access-control-max-age", b"86400"),
        ]
        wanted = field(headers, b"access-control-request-headers")
        return [*told, (b"access-control-allow-headers", wanted)] if wanted else told


def amended(start: bytes, told: Fields) -> bytes:
    """A head with these fields instead of what it says about other sites' pages."""
    return _SAID.sub(b"", start) + lines(told)


class Hosts:
    """Names as written, and with ``*.`` before them all that are under them."""

    def __init__(self, names: Sequence[str]) -> None:
        self._exact = frozenset(name.lower() for name in names if not name.startswith("*."))
        self._under = tuple(name[1:].lower() for name in names if name.startswith("*."))

    def __contains__(self, host: str) -> bool:
        return host in self._exact or host.endswith(self._under)

    def admit(self, headers: Headers) -> bool:
        """By Host, which HTTP/1.0 may leave out."""
        return _host(b"//" + (field(headers, b"host") or b"")) in self


class Embedders:
    """Hosts whose pages may use what is here: rules against hotlinks."""

    def __init__(self, hosts: Sequence[str], *, missing: bool) -> None:
        self._hosts = Hosts(hosts)
        self._missing = missing

    def admit(self, headers: Headers) -> bool:
        """By Origin, and by Referer where there is none."""
        said = field(headers, b"origin") or field(headers, b"referer")
        return self._missing if said is None else _host(said) in self._hosts


def _host(url: bytes) -> str:
    try:
        return urlsplit(url.decode("latin-1")).hostname or ""
    except ValueError:
        return ""
