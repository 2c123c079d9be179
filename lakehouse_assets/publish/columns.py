"""The columns that a stored table has and those that it is declared to have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lakehouse_assets.errors import SchemaDriftError

if TYPE_CHECKING:
    from deltalake import DeltaTable
    from pyspark.sql.types import StructType


def require_same_columns(table: DeltaTable, schema: StructType, url: str) -> None:
    """Raise SchemaDriftError, with a readable difference, unless names, order and types are the stored ones."""
    stored = [(f["name"], f["type"]) for f in json.loads(table.schema().to_json())["fields"]]
    declared = [(f["name"], f["type"]) for f in json.loads(schema.json())["fields"]]
    if stored != declared:
        lines = [f"- {n}: {t}" for n, t in stored if (n, t) not in declared]
        lines += [f"+ {n}: {t}" for n, t in declared if (n, t) not in stored] or ["(the order differs)"]
        raise SchemaDriftError(
            "the stored table and the declared table differ (- stored, + declared):\n" + "\n".join(lines),
            where=url,
            remedy="change the contract back, or move the old table away and publish it anew",
        )
