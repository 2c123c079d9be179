"""Backfills: what has to be made again and why, in which order and runs; started, followed and resumed in Dagster."""
