"""What a node looks like inside, for those who run it: one JSON object, or a page to read."""

import html
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from manycast.edge.parent import ParentNumbers
from manycast.runtime.edge.node import Node
from manycast.runtime.edge.watch import Watch
from manycast.runtime.http.client import Client


_LISTED = 50
"""Rows of each list."""
_STYLE = (
    "body{font:14px/1.4 system-ui,sans-serif;margin:2em;max-width:80em}"
    "table{border-collapse:collapse}td,th{text-align:left;padding:.1em 1em .1em 0;"
    "border-bottom:1px solid #ddd;vertical-align:top}td:first-child{overflow-wrap:anywhere}"
    "h2{font-size:1.1em}"
)


def snapshot(node: Node, client: Client, watch: Watch | None, now: float) -> dict[str, Any]:
    engine = node.engine
    store = engine.store
    purges = engine.purges
    return {
        "memory": {
            "objects": len(store),
            "bytes": store.memory.used_bytes,
            "capacity_bytes": store.memory.capacity_bytes,
        },
        "disk": _disk(node),
        "counters": asdict(engine.counters),
        "purges": {"known": len(purges), "sequence": purges.sequence, "floor": purges.floor},
        "hottest": _hottest(watch),
        "fetches": [
            {
                "target": flight.target.key.decode("latin-1"),
                "seconds": round(now - flight.started, 3),
                "waiters": len(flight.waiters),
                "bytes": flight.size,
            }
            for flight in list(engine.under_way())[:_LISTED]
        ],
        "streams": [
            {"target": key.decode("latin-1"), "viewers": fanout.viewers}
            for key, fanout in list(node.fanouts.items())[:_LISTED]
        ],
        "parents": [_parent(numbers) for numbers in client.snapshot()],
        "log": {"dropped": watch.log.dropped} if watch is not None and watch.log else {},
    }


def page(told: Mapping[str, Any]) -> bytes:
    """Everything in it comes from strangers, and is escaped."""
    parts = [f"<h2>{html.escape(name)}</h2>{_table(value)}" for name, value in told.items()]
    return (
        f"<!doctype html><meta charset=utf-8><title>manycast edge</title><style>{_STYLE}</style>"
        f"<h1>manycast edge</h1>{''.join(parts)}"
    ).encode()


def as_json(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, indent=1).encode() + b"\n"


def _disk(node: Node) -> dict[str, Any]:
    disk = node.below.disk
    if disk is None:
        return {}
    return {"objects": len(disk.layers), "bytes": disk.layers.used_bytes, "full": disk.full}


def _parent(numbers: ParentNumbers) -> dict[str, Any]:
    """Its histogram is in the metrics; here the mean says enough."""
    told = asdict(numbers)
    answers = sum(told.pop("answer_counts"))
    seconds = told.pop("answer_total_s")
    return {**told, "answer_mean_s": round(seconds / answers, 4) if answers else None}


def _hottest(watch: Watch | None) -> list[dict[str, Any]]:
    """Requests since the start; the sketch counts too many rather than too few."""
    if watch is None:
        return []
    sketch = watch.hottest
    return [
        {
            "target": one.item.decode("latin-1"),
            "requests": one.count,
            "too_many_by_at_most": one.error,
            "share": round(one.count / sketch.total, 4),
        }
        for one in sketch.top(_LISTED)
    ]


def _table(value: Any) -> str:
    if isinstance(value, dict) and value:
        rows = [{"": name, " ": one} for name, one in value.items()]
        return _rows(rows, head=False)
    return _rows(value, head=True) if value else "<p>none</p>"


def _rows(rows: list[dict[str, Any]], *, head: bool) -> str:
    cells = [[html.escape(str(one)) for one in row.values()] for row in rows]
    lines = ["<tr><td>" + "<td>".join(row) for row in cells]
    if head and rows:
        lines.insert(0, "<tr><th>" + "<th>".join(html.escape(name) for name in rows[0]))
    return f"<table>{''.join(lines)}</table>"
