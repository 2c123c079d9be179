"""Publishing a judged frame as the next version of a Delta table. Knows neither Dagster nor an engine."""
