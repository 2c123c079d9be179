"""Keeping tables fast and small: what is due by figures of a table's log, what may be deleted, and the doing."""
