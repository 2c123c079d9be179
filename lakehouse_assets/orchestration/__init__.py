"""Declared tables as Dagster sees them: assets, checks, columns, partitions, and the step that makes them."""
