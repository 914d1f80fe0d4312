"""The pages people see, built from `player/` by npm and served from memory."""
