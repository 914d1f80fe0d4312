"""Publishing over WebRTC (WHIP, RFC 9725): the process of one publisher, which alone loads aiortc."""
