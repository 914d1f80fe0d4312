"""Cached objects in files: written whole or not at all, never sent unverified."""
