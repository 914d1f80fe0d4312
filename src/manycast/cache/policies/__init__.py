"""Eviction policies, one to a file; each keeps keys and sizes only."""
