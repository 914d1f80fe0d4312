"""Where accounts, channels and history are kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateSettings:
    url: str = ""
    """A database, such as ``postgresql://manycast:password@db.example.org/manycast``; empty: SQLite, ``manycast.db`` in ``--dir``."""
    key_file: str = ""
    """What secrets in the database are encrypted with, one key in each line, the first for what is written; empty: ``secret.key`` in ``--dir``, made at the first start. Keep a copy apart from backups."""
    connections_max: int = 10
    """To the database, at once; who finds none free waits."""
    wait_s: float = 5.0
    """Patience with a locked database or for a free connection, before the request is answered 503."""
    audit_kept_days: int = 400
    """Who changed what is forgotten after this: more than a year, so that last year's season can be compared."""
