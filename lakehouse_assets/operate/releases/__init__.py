"""Releases: which code, and which version of every table, belong together, so that one can go back to both."""
