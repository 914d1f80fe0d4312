"""Kick: OAuth 2.1, the public API, and events that come as signed webhooks, as values."""
