"""What the control API says and hears, as values that check themselves."""
