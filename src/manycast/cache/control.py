"""Cache-Control and the targeted fields that replace it (RFC 9111 section 5.2, RFC 9213)."""

import re
from collections.abc import Sequence

from manycast.std.http1 import Fields, field


Directives = dict[str, str | None]
"""Names in lower case. Values without their quotes; None when there is none. Several different ones are
joined by a comma, which makes a list of names longer and a number invalid."""

SECONDS_MAX = 2**31
"""What a number of seconds that is too large counts as (RFC 9111 section 1.2.2)."""

_ITEM = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*+"?)++', re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+(?P<end>"?)', re.DOTALL)
"""Both match up to the end where a quotation mark has no partner, so that a scan is linear."""
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def directives(headers: Fields, name: bytes = b"cache-control") -> Directives:
    """All directives of a list field; of what is said twice the stricter is kept.

    A quotation mark without its partner leaves the meaning open: then every word counts, quoted or not,
    and nothing is reused unasked.
    """
    said: Directives = {}
    text = (field(headers, name) or b"").decode("latin-1")
    if not all(found["end"] for found in _QUOTED.finditer(text)):
        text = text.replace('"', " ") + ", no-cache"
    for item in _ITEM.findall(text):
        word, equals, argument = item.strip(" \t").partition("=")
        if name := word.rstrip(" \t").lower():
            sound = equals and len(name) == len(word)
            _add(said, name, _unquoted(argument) if sound else None)
    return said


def governing(headers: Fields, targeted: Sequence[str]) -> tuple[Directives, bool]:
    """The directives that count for this cache, and whether a targeted field gave them."""
    for name in targeted:
        found = dictionary(field(headers, name.lower().encode()) or b"")
        if found:
            return found, True
    return directives(headers), False


def delta(value: str | None) -> int | None:
    """Seconds, or None for what is no whole number."""
    if value is None or not (value.isascii() and value.isdigit()):
        return None
    digits = value.lstrip("0")
    return SECONDS_MAX if len(digits) > 10 else min(int(digits or "0"), SECONDS_MAX)


def names(value: str | None) -> frozenset[bytes]:
    """Field names that a qualified no-cache or private lists."""
    items = (value or "").lower().encode("latin-1").split(b",")
    return frozenset(item.strip() for item in items if item.strip())


def _unquoted(argument: str) -> str:
    """The argument; white space outside of its quotes stays, so that it is no number."""
    if len(argument) >= 2 and argument[0] == argument[-1] == '"':
        return _ESCAPE.sub(r"\1", argument[1:-1])
    return argument


def _add(found: Directives, name: str, value: str | None) -> None:
    if name not in found or value is None or found[name] == value:
        found[name] = value
    elif found[name] is not None:
        found[name] = f"{found[name]},{value}"


# Structured fields (RFC 9651), as far as a dictionary of directives needs them.

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_BARE = re.compile(
    r'(?P<integer>-?\d{1,15}(?![\d.]))|(?P<decimal>-?\d{1,12}\.\d{1,3}(?!\d))|"(?P<string>(?:[ !#-\[\]-~]|\\["\\])*)"'
    r"|(?P<token>[A-Za-z*][!#$%&'*+.^_`|~:/0-9A-Za-z-]*)|:(?P<bytes>[A-Za-z0-9+/=]*):|\?(?P<boolean>[01])",
    re.ASCII,
)
_SPACE = re.compile(r"[ \t]*")


def dictionary(value: bytes) -> Directives | None:
    """A targeted field's directives; None for one that must be ignored as a whole.

    A value of another kind than its directive takes makes that directive's value invalid, not the field.
    """
    text = value.decode("latin-1").strip(" ")
    found: Directives = {}
    at = 0
    while at < len(text):
        key = _KEY.match(text, at)
        if key is None:
            return None
        member = _member(text, key.end())
        if member is None:
            return None
        said, at = member
        if said is _FALSE:
            found.pop(key[0], None)
        else:
            found[key[0]] = said
        after = _next(text, at)
        if after is None:
            return None
        at = after
    return found or None


_FALSE = "?0"


def _member(text: str, at: int) -> tuple[str | None, int] | None:
    """A member's value and where it ends; None for a parse error."""
    said: str | None = None
    if text[at : at + 1] == "=":
        item = _inner_list(text, at + 1) if text[at + 1 : at + 2] == "(" else _bare(text, at + 1)
        if item is None:
            return None
        said, at = item
    end = _parameters(text, at)
    return None if end is None else (said, end)


def _bare(text: str, at: int) -> tuple[str | None, int] | None:
    found = _BARE.match(text, at)
    if found is None:
        return None
    if found["boolean"]:
        return (_FALSE if found["boolean"] == "0" else None), found.end()
    if found["string"] is not None:
        quoted = _ESCAPE.sub(r"\1", found["string"])
        return (f'"{quoted}"' if quoted.isdigit() else quoted), found.end()
    return found[0], found.end()


def _inner_list(text: str, at: int) -> tuple[str, int] | None:
    """No directive takes one, so its value stands for "invalid"."""
    at += 1
    while True:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        if text[at : at + 1] == ")":
            return "()", at + 1
        item = _bare(text, at)
        end = None if item is None else _parameters(text, item[1])
        if end is None or text[end : end + 1] not in {" ", ")"}:
            return None
        at = end


def _parameters(text: str, at: int) -> int | None:
    """Read and forget them: RFC 9213 section 2.1 gives them no meaning."""
    while text[at : at + 1] == ";":
        while text[at + 1 : at + 2] == " ":
            at += 1
        key = _KEY.match(text, at + 1)
        if key is None:
            return None
        at = key.end()
        if text[at : at + 1] == "=":
            item = _bare(text, at + 1)
            if item is None:
                return None
            at = item[1]
    return at


def _next(text: str, at: int) -> int | None:
    """Where the next member begins; a comma at the end is an error."""
    at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
    if at == len(text):
        return at
    if text[at] != ",":
        return None
    at = _SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    return at if at < len(text) else None
