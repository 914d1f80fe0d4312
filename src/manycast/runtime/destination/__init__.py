"""The process that sends one stream on to one place."""
