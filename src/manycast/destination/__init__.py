"""The engine of a process that sends one stream on to one place."""
