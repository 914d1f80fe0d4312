"""The control API over HTTP: requests into queries and events, and the dashboard."""
