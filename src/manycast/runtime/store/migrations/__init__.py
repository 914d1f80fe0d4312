"""How the tables become those of the next release: revisions in order, run by Alembic at the start."""
