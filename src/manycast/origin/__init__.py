"""What to publish, hold and answer for each live stream."""
