"""Places, whatever store they are in."""
