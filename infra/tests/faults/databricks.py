"""What weakens a promise in Databricks, which the assertions of the modules' tests find."""

from __future__ import annotations

from infra.tests.faults import Fault

COMPUTE = "modules/databricks-compute"
CATALOG = "modules/databricks-catalog"

WEAKENED = {
    "a cluster for ever": Fault(
        COMPUTE,
        "maxValue = var.sizes.cluster_stops_after_minutes",
        "maxValue = 10000",
        "A cluster could stay on for ever.",
    ),
    "a driver on spot": Fault(
        COMPUTE, "drivers = false", "drivers = true", "Drivers would be spot nodes, or workers would not."
    ),
    "an idle pool": Fault(
        COMPUTE,
        "min_idle_instances                    = 0",
        "min_idle_instances                    = 2",
        "A pool costs while nothing runs.",
    ),
    "a reader of more": Fault(
        CATALOG,
        'read    = ["USE_SCHEMA", "SELECT"]',
        'read    = ["USE_SCHEMA", "SELECT", "MODIFY"]',
        "A reader cannot ask gold, or can do more.",
    ),
}
