"""The only place that reads argv, environment and settings files."""
