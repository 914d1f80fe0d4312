"""Run by Alembic: applies revisions within the transaction that its caller has begun."""

from alembic import context

from manycast.runtime.store.tables.base import metadata


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    render_as_batch=True,  # SQLite changes a table by copying it
    compare_server_default=True,
)
context.run_migrations()
