"""Who may ask for what, checked before the cache and outside its keys."""
