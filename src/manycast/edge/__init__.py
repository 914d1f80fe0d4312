"""Hit, join, fetch and fan out at a caching node."""
