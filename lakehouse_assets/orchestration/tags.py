"""Tags of Dagster runs that mean something here."""

FORCE = "lakehouse/force"  # a run that loads files again though the table holds them
