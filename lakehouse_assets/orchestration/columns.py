"""A table's columns as the Dagster UI shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from lakehouse_assets.ingest.provenance import bronze_schema

if TYPE_CHECKING:
    from lakehouse_assets.declare.table import Table


def column_schema(table: Table) -> dg.TableSchema:
    """Names, types, descriptions and rules of the columns; what concerns several columns below."""
    schema = table.schema
    if table.source is not None:
        schema = bronze_schema(schema, table.calendar.column if table.calendar else None)
    columns = [
        dg.TableColumn(
            name=field.name,
            type=field.dataType.simpleString(),
            description=field.metadata.get("comment"),
            constraints=_constraints(table, field.name),
        )
        for field in schema.fields
    ]
    shared = [rule.demand for rule in table.rules.rules if len(rule.columns) != 1]
    return dg.TableSchema(columns=columns, constraints=dg.TableConstraints(other=shared))


def _constraints(table: Table, column: str) -> dg.TableColumnConstraints:
    rules = [rule for rule in table.rules.rules if rule.columns == (column,)]
    required = any(rule.id == f"{column}__not_null" for rule in rules)
    others = [rule.demand + (" (warns)" if rule.warn else "") for rule in rules if not rule.id.endswith("__not_null")]
    return dg.TableColumnConstraints(
        nullable=not required, unique=any(rule.kind == "unique" for rule in rules), other=others
    )
