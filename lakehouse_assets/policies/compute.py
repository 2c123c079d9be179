"""How large what stands by itself is, and when it stops: Python and Terraform read the same.

A job's own sizes are `DatabricksSettings`' defaults. `make declaration` writes both to `terraform/declaration.json`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Warehouse:
    """The SQL warehouse that asks gold: it starts with a question, and stops when nobody asks."""

    size: str = "2X-Small"
    max_clusters: int = 2
    stops_after_minutes: int = 10


@dataclass(frozen=True)
class Platform:
    """What runs Dagster, and the bounds of a cluster that somebody starts by hand.

    CPU and memory are those of one task of each kind, in units of a thousandth of a CPU and of a mebibyte.
    """

    webserver_cpu_milli: int = 500
    webserver_memory_mib: int = 1024
    daemon_cpu_milli: int = 500
    daemon_memory_mib: int = 1024
    code_cpu_milli: int = 2000
    code_memory_mib: int = 8192
    postgres_version_major: int = 16
    postgres_class_aws: str = "db.t4g.small"
    postgres_class_azure: str = "B_Standard_B2s"
    postgres_storage_gib: int = 32
    postgres_backup_days: int = 14
    compute_log_days: int = 90
    cluster_stops_after_minutes: int = 20
    cluster_max_workers: int = 8
    pool_stops_after_minutes: int = 15
    pool_max_nodes: int = 20
    monthly_budget_dollars: int = 500


WAREHOUSE = Warehouse()
PLATFORM = Platform()
