"""Registering a table by its name: the SQL's words, and on a real Spark with Delta that it registers that table.

Unity Catalog itself is nowhere to be had here: its tags, rights and external locations are not tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from deltalake import DeltaTable

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.demo.land import land
from lakehouse_assets.making import make
from lakehouse_assets.publish.frames import load_frame
from lakehouse_assets.remote.register import RegistrationError, register, statements

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

DAY = "2017-01-01"
BRONZE = find_table("bronze/transactions")
SILVER = find_table("silver/transactions")


def test_names_are_quoted_and_texts_escaped_whatever_they_hold() -> None:
    odd = replace(SILVER, description="it's a \\ test", owners=("team:o'neill",))
    said = list(statements(odd, "s3://b/it's", "we`ird"))
    assert said[0] == "CREATE SCHEMA IF NOT EXISTS `we``ird`.`silver`"
    assert (
        said[1] == "CREATE TABLE IF NOT EXISTS `we``ird`.`silver`.`transactions` USING DELTA LOCATION 's3://b/it\\'s'"
    )
    assert said[2] == "COMMENT ON TABLE `we``ird`.`silver`.`transactions` IS 'it\\'s a \\\\ test'"
    assert said[-1] == "ALTER TABLE `we``ird`.`silver`.`transactions` SET TAGS ('owner' = 'team:o\\'neill')"


def test_every_described_column_has_its_comment_in_one_commit() -> None:
    (said,) = [s for s in statements(SILVER, "s3://b/x", "main") if " ALTER COLUMN " in s]
    assert said.count(" COMMENT '") == len([f for f in SILVER.schema.fields if f.metadata.get("comment")])


def test_comments_that_a_catalog_wrote_into_a_stored_table_do_no_harm_to_those_made_from_it(
    lake: Settings, spark: SparkSession
) -> None:
    list(land(lake.landing, first=DAY, last=DAY))
    bronze, silver = find_table("bronze/products"), find_table("silver/products")
    for table in (bronze, silver):
        make(table, lake, lambda: spark)
        stored = DeltaTable(lake.table_url(table.layer, table.name))
        for field in table.schema.fields:
            stored.alter.set_column_metadata(field.name, {"comment": field.metadata["comment"]})
    before = load_frame(lake.table_url("silver", "products"), "polars", None, None, lambda: spark)
    for table in (bronze, silver):
        make(table, lake, lambda: spark, force=True)
    after = load_frame(lake.table_url("silver", "products"), "polars", None, None, lambda: spark)
    assert (
        after.drop("_loaded_at", "_run_id", strict=False)
        .sort("product_id")
        .equals(before.drop("_loaded_at", "_run_id", strict=False).sort("product_id"))
    )
    (field, *_) = DeltaTable(lake.table_url("silver", "products")).schema().fields
    assert field.metadata["comment"] == silver.schema.fields[0].metadata["comment"]


@pytest.mark.cluster
def test_on_a_spark_with_delta_the_published_table_is_found_by_name_and_registered_once(
    lake: Settings, on_cluster: SparkSession
) -> None:
    list(land(lake.landing, first=DAY, last=DAY))
    nobody = replace(BRONZE, owners=())  # only Databricks knows tags
    made, _ = make(nobody, lake, lambda: on_cluster, [DAY])
    try:
        name = register(on_cluster, nobody, lake, "spark_catalog")
        assert name == "`spark_catalog`.`bronze`.`transactions`"
        assert on_cluster.table(name).count() == made.report.total.accepted
        described = {row.col_name: row.comment for row in on_cluster.sql(f"DESCRIBE TABLE {name}").collect()}
        assert described["store_id"] == "the store"
        register(on_cluster, nobody, lake, "spark_catalog")
        elsewhere = replace(lake, root=f"{lake.root}-other")
        with pytest.raises(RegistrationError, match="is registered already, at another place"):
            register(on_cluster, nobody, elsewhere, "spark_catalog")
        again, _ = make(nobody, lake, lambda: on_cluster, [DAY], force=True)
        assert again.report.total == made.report.total
    finally:
        on_cluster.sql("DROP TABLE IF EXISTS spark_catalog.bronze.transactions")
