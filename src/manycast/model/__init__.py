"""The vocabulary: frozen values that check themselves."""
