"""Domain-free parts that could be libraries of their own."""
