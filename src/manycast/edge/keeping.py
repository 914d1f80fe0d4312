"""A stored reply as the layers below memory keep it, and back."""

import json
from dataclasses import asdict, replace

from manycast.cache.freshness import Freshness
from manycast.edge.entry import Entry, OnDisk
from manycast.edge.layers import Loaded


def packed(entry: Entry) -> bytes:
    """All but key, times and body."""
    freshness = asdict(replace(entry.freshness, private=frozenset()))
    del freshness["private"]
    words = {
        "status": entry.status,
        "purges_seen": entry.purges_seen,
        "softened": entry.softened,
        "private": sorted(name.decode("latin-1") for name in entry.freshness.private),
        "freshness": freshness,
    }
    return json.dumps(words).encode() + b"\n" + entry.head


def unpacked(key: bytes, loaded: Loaded) -> Entry | None:
    """None for what another version of this program has kept."""
    text, _, head = loaded.head.partition(b"\n")
    try:
        words = json.loads(text)
        private = frozenset(name.encode("latin-1") for name in words["private"])
        freshness = Freshness(**words["freshness"], private=private)
        kind = Entry if loaded.place is None else OnDisk
        entry = kind(key, words["status"], (), (), freshness, loaded.born)
        entry.purges_seen = words["purges_seen"]
        entry.softened = words["softened"]
    except (ValueError, KeyError, TypeError):
        return None
    entry.head = head
    entry.body = () if loaded.place is not None else (loaded.body,)
    entry.length = entry.whole = loaded.length
    entry.place = loaded.place
    if entry.softened:
        entry.expires = min(entry.expires, loaded.expires)
    return entry
