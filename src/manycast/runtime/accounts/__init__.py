"""What proving who one is needs from the world: dice, work, other people's servers."""
