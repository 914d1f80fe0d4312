"""Rows for every table there is, so that no table is forgotten by a test that wants all of them."""

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    LargeBinary,
    Numeric,
    String,
    insert,
)

from manycast.runtime.store.tables.base import metadata


ODD = 'ü "quoted", it\'s 100 % \\ \n\t 直播 🎥'
"""What people write."""


def fill(connection: Connection, rows: int = 3) -> int:
    """How many rows it made; the first of each table has None wherever it may."""
    made = 0
    for table in metadata().sorted_tables:
        values = [{c.name: value(c, n) for c in table.columns} for n in range(rows)]
        connection.execute(insert(table), values)
        made += rows
    return made


def value(column: Column[Any], n: int) -> Any:
    if column.nullable and n == 0:
        return None
    if column.foreign_keys:
        return value(next(iter(column.foreign_keys)).column, n)
    kinds = {
        LargeBinary: bytes(range(n, 256)),
        JSON: {"n": n, "text": ODD, "deep": [None, True, 1.5, {"a": []}]},
        Boolean: n % 2 == 1,
        Float: n + 0.125,
        Numeric: n,
        String: f"{column.name} {n} {ODD}",
    }
    return next((made for kind, made in kinds.items() if isinstance(column.type, kind)), 2**40 + n)


def everything(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, in an order that does not depend on the database."""
    return {
        table.name: sorted(
            (dict(row._mapping) for row in connection.execute(table.select())), key=repr
        )
        for table in metadata().sorted_tables
    }
