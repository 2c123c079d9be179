"""Databricks: what a job runs on, submitting it, waiting for it, and what became of it."""
