"""Registering a published table in Unity Catalog, so that SQL knows it by name: `catalog.layer.table`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.quoting import spark_name, spark_text

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


class RegistrationError(LakehouseError):
    """A table was published, and could not be registered by its name."""


def register(session: SparkSession, table: Table, settings: Settings, catalog: str) -> str:
    """Register a published table as an external one, unless its name is known; returns the name.

    It is the same table: its files stay where they are, and dropping the name drops no file. Descriptions and
    owners are set once, with the name. Raises RegistrationError where the name is another table's, or the
    catalog refuses.
    """
    name, url = qualified(catalog, table), settings.table_url(table.layer, table.name)
    try:
        if session.catalog.tableExists(name):
            _require_same(session, name, url)
            return name
        for statement in statements(table, url, catalog):
            session.sql(statement)
    except LakehouseError:
        raise
    except Exception as error:
        raise RegistrationError(
            f"{table.id} is published, but was not registered as {name}: {str(error).splitlines()[0]}",
            where=url,
            remedy="give whom the job runs as USE CATALOG, CREATE SCHEMA, CREATE TABLE there and CREATE EXTERNAL "
            "TABLE on the external location; run the table again then",
        ) from error
    return name


def statements(table: Table, url: str, catalog: str) -> Iterator[str]:
    """The SQL that registers a table: schema, table, descriptions, then the owners, which only Databricks knows."""
    name = qualified(catalog, table)
    yield f"CREATE SCHEMA IF NOT EXISTS {spark_name(catalog)}.{spark_name(table.layer)}"
    yield f"CREATE TABLE IF NOT EXISTS {name} USING DELTA LOCATION {spark_text(url)}"
    yield f"COMMENT ON TABLE {name} IS {spark_text(table.description)}"
    described = {field.name: field.metadata["comment"] for field in table.schema.fields if "comment" in field.metadata}
    if described:  # in one statement, since each is a commit of its own
        columns = ", ".join(f"{spark_name(column)} COMMENT {spark_text(said)}" for column, said in described.items())
        yield f"ALTER TABLE {name} ALTER COLUMN {columns}"
    if table.owners:
        yield f"ALTER TABLE {name} SET TAGS ('owner' = {spark_text(', '.join(table.owners))})"


def qualified(catalog: str, table: Table) -> str:
    """The table's name in a catalog, quoted."""
    return ".".join(spark_name(part) for part in (catalog, table.layer, table.name))


def _require_same(session: SparkSession, name: str, url: str) -> None:
    (detail,) = session.sql(f"DESCRIBE DETAIL {name}").select("location").collect()
    if _plain(detail[0]) != _plain(url):
        raise RegistrationError(
            f"{name} is registered already, at another place: {detail[0]}",
            where=url,
            remedy="choose another LAKEHOUSE_CATALOG, or drop the other table's name",
        )


def _plain(url: str) -> str:
    """A place in one spelling: Spark says `file:/x` of `file:///x`, and `s3a` is `s3`."""
    scheme, _, path = url.partition(":")
    return f"{scheme.replace('s3a', 's3')}:/{path.strip('/')}" if path else f"file:/{url.strip('/')}"
