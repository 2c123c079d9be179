"""What Terraform and Python both need, as one file: `make declaration` writes it, a test compares it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from lakehouse_assets.catalog import tables
from lakehouse_assets.policies.access import ACCESS, ROLES
from lakehouse_assets.policies.compute import PLATFORM, WAREHOUSE
from lakehouse_assets.policies.retention import AREAS, CLASSES
from resources.databricks.job import ENTRY_POINT, NODES, PACKAGE
from resources.databricks.settings import DatabricksSettings


def declaration() -> dict[str, Any]:
    """Areas with retention and tiers, classes of tables, roles with rights, sizes of compute."""
    classed = {table.id: table.retention for table in tables().values() if table.retention != "standard"}
    return {
        "access": {role: dict(rights) for role, rights in ACCESS.items()},
        "areas": {area: asdict(retention) for area, retention in AREAS.items()},
        "classes": {name: days for name, days in CLASSES.items() if days is not None},
        "job": _job(),
        "platform": asdict(PLATFORM),
        "roles": dict(ROLES),
        "tables": classed,
        "warehouse": asdict(WAREHOUSE),
    }


def text() -> str:
    """The declaration as it is committed."""
    return json.dumps(declaration(), indent=2, sort_keys=True) + "\n"


def _job() -> dict[str, Any]:
    said = {name: field.default for name, field in DatabricksSettings.model_fields.items()}
    kept = ("spark_version", "min_workers", "max_workers", "spot", "first_on_demand", "access", "timeout_minutes")
    nodes = {cloud: node for cloud, node in NODES.items() if cloud != "gcp"}
    return {**{name: said[name] for name in kept}, "nodes": nodes, "package": PACKAGE, "entry_point": ENTRY_POINT}


if __name__ == "__main__":
    sys.stdout.write(text())
