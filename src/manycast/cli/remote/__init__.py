"""The verbs of commands that ask a control role; loaded only by those that do."""
