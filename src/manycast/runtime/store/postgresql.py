"""State in a server of its own, for those who have one."""

import re
from functools import partial
from math import inf

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from manycast.runtime import clock
from manycast.settings.state import StateSettings


WRITER = int.from_bytes(b"manycast", "big")
"""The advisory lock of whoever writes: a number that nobody else takes by chance."""
STATEMENT_S_MAX = 30
"""One that runs for longer is broken off: somebody waits for its answer."""
KEEPALIVE_S = 5
"""After so much silence the connection is probed, and given up after as long again."""
TRUSTED_S = 1.0
"""A connection that was used so recently is not asked whether it still works."""
READ_ONLY_NOW = "25006"
"""SQLSTATE of a server that has become a standby."""


class DriverMissingError(ValueError):
    """PostgreSQL is wanted and its driver is not installed."""


def connect(settings: StateSettings) -> Engine:
    """Raises DriverMissingError without psycopg, and ArgumentError for a URL that is none."""
    wait_ms = round(settings.wait_s * 1_000)
    try:
        engine = create_engine(
            re.sub(r"^postgres(ql)?:", "postgresql+psycopg:", settings.url),
            pool_size=settings.connections_max,
            max_overflow=0,
            pool_timeout=settings.wait_s,
            hide_parameters=True,
            connect_args={
                "connect_timeout": max(2, round(settings.wait_s)),
                "tcp_user_timeout": wait_ms,
                "keepalives_idle": KEEPALIVE_S,
                "keepalives_interval": 1,
                "keepalives_count": KEEPALIVE_S,
                "application_name": "manycast",
                "options": f"-c lock_timeout={wait_ms} -c statement_timeout={STATEMENT_S_MAX}s",
            },
        )
    except ModuleNotFoundError as error:
        raise DriverMissingError(
            "state.url names PostgreSQL, whose driver is missing: pip install 'manycast[postgresql]'"
        ) from error
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _returned)
    event.listen(engine, "checkout", partial(_lent, engine))
    return engine


def reading(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def take_time(connection: Connection) -> None:
    """Lift the limit of a statement for this transaction."""
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def of_the_world(error: BaseException | None) -> bool:
    return getattr(error, "sqlstate", None) == READ_ONLY_NOW


def _returned(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info["returned"] = clock.monotonic()


def _lent(
    engine: Engine,
    connection: DBAPIConnection,
    entry: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """The server may have gone meanwhile; but asking each time would cost every request a round trip."""
    if clock.monotonic() - entry.info.get("returned", inf) > TRUSTED_S:
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise exc.InvalidatePoolError("the server has gone") from error


def _begin(connection: Connection) -> None:
    """Writers one after the other, as with SQLite: what is right there is right here."""
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")
