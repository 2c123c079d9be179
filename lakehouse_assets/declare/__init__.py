"""Declaring a table: its contract and one function, and from these alone the Dagster asset and its checks."""

from lakehouse_assets.declare.checks import fresh, holds, reconciles, volume
from lakehouse_assets.declare.contract import SOURCE, Contract, references, rule
from lakehouse_assets.declare.decorators import bronze, gold, silver
from lakehouse_assets.declare.table import Table, Tolerance
from lakehouse_assets.declare.write import MADE_BY_HISTORY, append_once, history, merge
from lakehouse_assets.ingest.sources import csv, json_lines, parquet

__all__ = [
    "MADE_BY_HISTORY",
    "SOURCE",
    "Contract",
    "Table",
    "Tolerance",
    "append_once",
    "bronze",
    "csv",
    "fresh",
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
