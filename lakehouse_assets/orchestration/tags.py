"""Tags of Dagster runs that mean something here."""

FORCE = "lakehouse/force"  # a run that loads files again though the table holds them
PERMANENT = "lakehouse/permanent"  # a run that failed, and trying again cannot help
SECURITY = "lakehouse/security"  # a run that failed by a security event: which
