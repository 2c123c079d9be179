"""Querying the lake by table name, on DuckDB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.catalog import tables
from lakehouse_assets.declare.table import LAYERS
from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.ops.tables import LAYER as OPS
from lakehouse_assets.ops.tables import OPS_TABLES
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.quarantine import quarantined

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from lakehouse_assets.settings import Settings


# In place of DuckDB's own answer, which knows our schemas by their columns' types and our helper views by name.
SHOW = ("show tables", "show all tables")
SHOWN = """select table_schema || '.' || table_name as "table" from information_schema.tables
where table_schema <> 'main' order by all"""


class QueryError(LakehouseError):
    """A query that DuckDB refuses."""


def execute(query: str, settings: Settings) -> pa.Table:
    """The rows of a query: of `<layer>.<table>`, `quarantine.<layer>_<table>` and `ops.<table>`.

    Only the tables that the query names are opened, and all for `show tables` or information_schema. Of columns of one
    name, as a join has, the second is `name_1`, as in DuckDB. Raises QueryError with DuckDB's own explanation.
    """
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    for schema in (*LAYERS, "quarantine", OPS):
        connection.execute(f"create schema {schema}")
    query = SHOWN if query.lower().strip(" ;\n") in SHOW else query
    asked = query.lower()
    for name, url in _places(settings).items():
        if name.split(".")[1] in asked or "information_schema" in asked:
            _register(connection, name, url, settings)
    try:
        relation = connection.sql(query)
        rows = relation.to_arrow_table() if relation is not None else pa.table({})
    except duckdb.Error as error:
        known = ", ".join(name for name, url in _places(settings).items() if open_table(url) is not None)
        raise QueryError(str(error), remedy=f"published tables are: {known or 'none yet'}") from None
    return rows.rename_columns(_apart(rows.column_names))


def _apart(names: list[str]) -> list[str]:
    """Each name once: whoever keeps a row by its columns' names would lose all but one of those that share one."""
    found: list[str] = []
    for name in names:
        other, number = name, 0
        while other in found or (number and other in names):
            number += 1
            other = f"{name}_{number}"
        found.append(other)
    return found


def _places(settings: Settings) -> dict[str, str]:
    places = {f"{t.layer}.{t.name}": settings.table_url(t.layer, t.name) for t in tables().values()}
    places |= {f"{OPS}.{table.name}": table.url(settings) for table in OPS_TABLES}
    return places | {
        f"quarantine.{t.layer}_{t.name}": settings.quarantine_url(t.layer, t.name) for t in tables().values()
    }


def _register(connection: duckdb.DuckDBPyConnection, name: str, url: str, settings: Settings) -> None:
    stored = open_table(url)
    if stored is None:
        return
    registered = name.replace(".", "__")
    # An Arrow dataset lets DuckDB read only the columns and partitions that a query needs.
    rows, shown = stored.to_pyarrow_dataset(), "*"
    if name.startswith("quarantine."):
        table = find_table(name.removeprefix("quarantine."))
        rows = quarantined(settings.table_url(table.layer, table.name), url)
        if table.source is None:  # the row as it came, column by column; a delivered line stays a line
            shown = ", ".join(["*", *(f'_raw ->> \'$."{c}"\' as "{c}"' for c in table.schema.names)])
    connection.register(registered, rows)
    # All names are a declared table's own.
    connection.execute(f"create view {name} as select {shown} from {registered}")  # noqa: S608
