"""Stores as Dagster resources."""
