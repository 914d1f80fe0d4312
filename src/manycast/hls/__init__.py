"""LL-HLS rules and text."""
