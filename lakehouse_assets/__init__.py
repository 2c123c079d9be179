"""A lakehouse whose bronze, silver and gold tables are Dagster assets stored as Delta Lake."""
