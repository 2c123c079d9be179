"""Two weeks of a lake that is left alone, in a few minutes."""
