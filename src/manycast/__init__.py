"""A self-hosted live-streaming network."""
