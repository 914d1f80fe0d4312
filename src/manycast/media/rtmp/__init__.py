"""RTMP publishing as a pure engine: handshake, chunk streams, messages, session."""
