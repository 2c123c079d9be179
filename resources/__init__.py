"""What the assets run on: engines, storage, the Delta IO manager, Dagster's local records."""
