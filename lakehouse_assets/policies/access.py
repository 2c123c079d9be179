"""Who may do what where: one matrix, from which the rights in S3, ADLS and Unity Catalog are made.

Python and Terraform read the same: `make declaration` writes what is said here to `terraform/declaration.json`.
"""

from __future__ import annotations

from typing import Literal

from lakehouse_assets.policies.retention import Area

Role = Literal["reader", "writer", "operator", "auditor", "sender"]
# Of objects: see names; put new ones, unread; read; read also superseded versions and put them back; put and delete.
# No level can delete a version for good: only the store does, in its time.
Level = Literal["list", "deliver", "read", "restore", "write"]

ROLES: dict[Role, str] = {
    "reader": "people and tools that ask gold",
    "writer": "the platform's own runs: Dagster and its jobs",
    "operator": "people on call: they see all, and bring back what was overwritten or deleted",
    "auditor": "people who ask who did what; they see no row of a table",
    "sender": "those who deliver: they put files, and can read or delete none",
}

ACCESS: dict[Role, dict[Area, Level]] = {
    "reader": {"gold": "read"},
    "writer": {
        "landing": "read",
        "bronze": "write",
        "silver": "write",
        "gold": "write",
        "quarantine": "write",
        "ops": "write",
    },
    "operator": {
        "landing": "restore",
        "bronze": "restore",
        "silver": "restore",
        "gold": "restore",
        "quarantine": "restore",
        "ops": "restore",
        "logs": "read",
    },
    "auditor": {
        "landing": "list",
        "bronze": "list",
        "silver": "list",
        "gold": "list",
        "quarantine": "list",
        "ops": "read",
        "audit": "read",
        "logs": "read",
    },
    "sender": {"landing": "deliver"},
}
