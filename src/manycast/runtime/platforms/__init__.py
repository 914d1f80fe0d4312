"""Speaks with the platforms: calls, tokens, chat, and whether they show the stream."""
