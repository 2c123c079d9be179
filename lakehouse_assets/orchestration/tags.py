"""Tags of Dagster runs that mean something here."""

LAKE = "lakehouse/lake"  # the lake that a run was planned over, where its root lies
FORCE = "lakehouse/force"  # a run that loads files again though the table holds them
