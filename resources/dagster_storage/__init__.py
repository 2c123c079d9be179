"""Dagster's local storage for large runs: `storage: custom: LocalStorage` in `dagster.yaml`."""

from resources.dagster_storage.checks import check_outputs, record_checks, record_materializations, report_checks
from resources.dagster_storage.event_log import LocalEventLogStorage
from resources.dagster_storage.numbered import numbered_events, settled
from resources.dagster_storage.storage import LocalRunStorage, LocalStorage

__all__ = [
    "LocalEventLogStorage",
    "LocalRunStorage",
    "LocalStorage",
    "check_outputs",
    "numbered_events",
    "record_checks",
    "record_materializations",
    "report_checks",
    "settled",
]
