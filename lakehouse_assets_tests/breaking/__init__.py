"""Attempts to break the promise: every delivered row is in exactly one place, once, whatever happens."""
