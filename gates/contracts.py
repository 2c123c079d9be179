"""`python -m gates.contracts`: what every table promises its readers, as JSON: the reviewed snapshot."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from lakehouse_assets.catalog import tables

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table

DEEP = 3  # a table, a kind of promise, a column or rule: each on a line of its own, what it says on the same


def snapshot() -> str:
    """Every declared table with its columns, rules, checks and how it is written, by name."""
    return _text({table.id: promise(table) for table in tables().values()}) + "\n"


def promise(table: Table) -> dict[str, Any]:
    """What one table promises, as plain data."""
    return {
        "version": table.version,
        "reads": sorted(table.inputs),
        "partitions": repr(table.calendar) if table.calendar else "none",
        "owners": sorted(table.owners),
        "write": repr(table.write),
        "key": list(table.key),
        "columns": {field.name: field.jsonValue()["type"] for field in table.schema},
        "rules": {rule.id: {"demand": rule.demand, "warn": rule.warn} for rule in table.rules.rules},
        "checks": {check.name: _check(check) for check in table.checks},
    }


def _check(check: Any) -> dict[str, Any]:
    return {"demand": getattr(check, "demand", repr(check)), "warn": getattr(check, "warn", True)}


def _text(said: Any, depth: int = 0) -> str:
    if not isinstance(said, dict) or depth == DEEP or not said:
        return json.dumps(said, ensure_ascii=False)
    lines = [f"{' ' * depth} {json.dumps(name)}: {_text(said[name], depth + 1)}" for name in sorted(said)]
    return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"


if __name__ == "__main__":
    sys.stdout.write(snapshot())
