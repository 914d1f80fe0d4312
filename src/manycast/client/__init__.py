"""The control API from Python, typed."""
