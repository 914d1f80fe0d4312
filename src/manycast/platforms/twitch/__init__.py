"""Twitch: device code grant, Helix and EventSub, as dev.twitch.tv/docs describes them."""
