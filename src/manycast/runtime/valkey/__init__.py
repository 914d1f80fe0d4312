"""The layer that nodes share, and a node's life without it."""
