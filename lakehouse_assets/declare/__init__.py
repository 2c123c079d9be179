"""Declaring a table: its contract and one function, and from these alone the Dagster asset and its checks."""

from lakehouse_assets.declare.checks import holds, reconciles, volume
from lakehouse_assets.declare.contract import SOURCE, Contract, references, rule
from lakehouse_assets.declare.decorators import bronze, gold, silver
from lakehouse_assets.declare.table import Table, Tolerance
from lakehouse_assets.declare.write import MADE_BY_HISTORY, append_once, history, merge
from lakehouse_assets.ingest.sources import csv, json_lines, parquet
from lakehouse_assets.policies.backfill import Backfill
from lakehouse_assets.policies.freshness import NEVER_LATE, Freshness

__all__ = [
    "MADE_BY_HISTORY",
    "NEVER_LATE",
    "SOURCE",
    "Backfill",
    "Contract",
    "Freshness",
    "Table",
    "Tolerance",
    "append_once",
    "bronze",
    "csv",
    "gold",
    "history",
    "holds",
    "json_lines",
    "merge",
    "parquet",
    "reconciles",
    "references",
    "rule",
    "silver",
    "volume",
]
