"""The caching node: HTTP server, engine and client joined."""
