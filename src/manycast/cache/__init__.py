"""Freshness, admission and eviction of cached objects."""
