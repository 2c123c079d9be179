"""Measurements of the lakehouse against hand-written peers, side by side: `make bench`."""
