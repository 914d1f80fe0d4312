"""Purges as people and nodes write them: queries, JSON, lines of a file."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from manycast.edge.purge import Kind, Purge, purge_prefix, purge_url


class OrderError(ValueError):
    """The order is at fault; the message says where."""


def orders(query: str, body: bytes, *, hosted: bool, orders_max: int) -> list[Purge]:
    """``url=…&prefix=…&tag=…&soft=1``, or JSON with lists under the same names; raises OrderError."""
    named = _named(query, orders_max)
    if body:
        for name, values in _read(body).items():
            named.setdefault(name, []).extend(values)
    soft = named.pop("soft", ["0"])[-1] not in {"0", "false", "no", ""}
    unknown = named.keys() - set(Kind)
    if unknown or not named:
        raise OrderError(f"name what to purge: url, prefix or tag, and soft=1{_but(unknown)}")
    if sum(map(len, named.values())) > orders_max:
        raise OrderError(f"more than {orders_max} purges at once; send the rest in another request")
    return [
        _purge(Kind(name), value, soft=soft, hosted=hosted)
        for name, values in named.items()
        for value in values
    ]


def _named(query: str, orders_max: int) -> dict[str, list[str]]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=orders_max + 1)
    except ValueError as error:
        raise OrderError(f"the query cannot be read: {error}") from error
    named: dict[str, list[str]] = {}
    for name, value in pairs:
        named.setdefault(name, []).append(value)
    return named


def _read(body: bytes) -> dict[str, list[str]]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise OrderError(f"the body is not JSON: {error}") from error
    if not isinstance(read, dict):
        raise OrderError('the body is not an object such as {"tag": ["news"], "soft": true}')
    return {name: _texts(name, value) for name, value in read.items()}


def _texts(name: str, value: Any) -> list[str]:
    if name == "soft" and isinstance(value, bool):
        return ["1" if value else "0"]
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in values):
        raise OrderError(f"{name} must be a text or a list of texts")
    return values


def _purge(kind: Kind, value: str, *, soft: bool, hosted: bool) -> Purge:
    try:
        if kind is Kind.URL:
            return purge_url(value, soft=soft, hosted=hosted)
        if kind is Kind.PREFIX:
            return purge_prefix(value, soft=soft, hosted=hosted)
    except ValueError as error:
        raise OrderError(str(error)) from error
    if not value.strip() or not value.isprintable():
        raise OrderError(f"{value!r} is no tag")
    return Purge(Kind.TAG, value.strip().encode(), soft)


def _but(unknown: set[str]) -> str:
    return f"; {', '.join(sorted(unknown))} is not known" if unknown else ""


def row(sequence: int, purge: Purge) -> list[Any]:
    """As JSON: number, kind, value, whether it is soft."""
    return [sequence, purge.kind.value, purge.value.decode("latin-1"), purge.soft]


def from_row(values: Sequence[Any]) -> tuple[int, Purge]:
    """Raises ValueError for anything that ``row`` does not make."""
    match values:
        case [int(sequence), str(kind), str(value), bool(soft)]:
            return sequence, Purge(Kind(kind), value.encode("latin-1"), soft)
        case _:
            raise ValueError(f"{values!r} is no row of a journal")
