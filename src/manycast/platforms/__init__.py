"""What Twitch, YouTube and Kick are asked and what they answer, as values."""
