"""YouTube: Google's device flow, the Live Streaming API, the Data API and live chat, as values."""
