"""What must outlast the process: accounts, channels, history, in one SQL database."""
