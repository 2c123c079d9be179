"""A judged run becomes the table's next version: exactly its range, nothing lost, or nothing at all."""

from __future__ import annotations

import json
from importlib import metadata
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from lakehouse_assets.errors import OutsideRangeError
from lakehouse_assets.publish.information import COMMIT_KEY
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.marks import MADE
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin
from lakehouse_assets_tests.publish.sales import (
    DAYS,
    FIRST,
    MONDAY,
    THREE_DAYS,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Row,
    Sale,
    files_of,
    files_on_disk,
    judge_sales,
    publish_sales,
    quarantined,
    sales,
    stored,
    target,
    version,
)

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


def test_the_first_publication_creates_the_table(spark: SparkSession, lake: Settings) -> None:
    to = target(lake, description="Sales, day by day.")
    published = publish_sales(spark, to, FIRST, THREE_DAYS)
    table = DeltaTable(to.url)
    assert (published.version, published.files) == (0, 3)
    assert stored(to.url) == FIRST
    assert table.metadata().partition_columns == ["day"]
    assert (table.metadata().name, table.metadata().description) == ("silver/sales", "Sales, day by day.")
    assert table.history()[0]["operation"] == "CREATE TABLE"
    assert published.size_bytes == sum(table.get_add_actions(flatten=True).column("size_bytes").to_pylist())


@pytest.mark.parametrize(
    ("keys", "rows"),
    [
        pytest.param((MONDAY,), [(MONDAY, 9, "new")], id="the first partition"),
        pytest.param((TUESDAY,), [(TUESDAY, 9, "new"), (TUESDAY, 8, "new")], id="one in the middle"),
        pytest.param((WEDNESDAY,), [(WEDNESDAY, 9, "new")], id="the last"),
        pytest.param((MONDAY, WEDNESDAY), [(MONDAY, 9, "new"), (WEDNESDAY, 9, "new")], id="several with one between"),
        pytest.param(THREE_DAYS, [(day, 9, "new") for day in THREE_DAYS], id="all"),
        pytest.param((THURSDAY,), [(THURSDAY, 9, "new")], id="one that was not there"),
        pytest.param((TUESDAY, WEDNESDAY), [(TUESDAY, 9, "new")], id="one of two left without rows"),
        pytest.param((TUESDAY,), [], id="no rows at all empty the partition"),
        pytest.param((THURSDAY,), [], id="no rows where there were none"),
    ],
)
def test_a_publication_replaces_exactly_its_range(
    spark: SparkSession, lake: Settings, keys: tuple[str, ...], rows: list[Row]
) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, THREE_DAYS)
    published = publish_sales(spark, to, rows, keys)
    assert published.version == 1
    assert stored(to.url) == sorted([row for row in FIRST if row[0] not in keys] + rows, key=str)
    assert set(published.judgement.tallies) == set(keys)


def test_files_of_other_partitions_are_not_rewritten(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, THREE_DAYS)
    before = files_of(to.url)
    publish_sales(spark, to, [(TUESDAY, 5, "new")], (TUESDAY,))
    kept = {path for path in before if TUESDAY not in path}
    assert len(kept) == 2
    assert kept == before & files_of(to.url)


def test_an_unpartitioned_table_is_replaced_whole(spark: SparkSession, lake: Settings) -> None:
    to = target(lake, column=None)
    publish_sales(spark, to, FIRST, None)
    assert stored(to.url) == FIRST
    published = publish_sales(spark, to, FIRST[:1], None)
    assert stored(to.url) == FIRST[:1]
    assert (published.version, published.judgement.tallies.keys()) == (1, {""})
    publish_sales(spark, to, [], None)
    assert stored(to.url) == []


def test_publishing_the_same_rows_again_changes_no_row(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    rows = [*FIRST, (MONDAY, -1, "bad")]
    publish_sales(spark, to, rows, THREE_DAYS)
    before = stored(to.url), quarantined(to)
    published = publish_sales(spark, to, rows[::-1], THREE_DAYS)
    assert (stored(to.url), quarantined(to)) == before
    assert published.version == 1


@pytest.mark.parametrize("first", [True, False], ids=["as the first publication", "over a table"])
def test_rows_outside_the_range_are_named_and_nothing_stays_staged(
    spark: SparkSession, lake: Settings, first: bool
) -> None:
    to = target(lake)
    if not first:
        publish_sales(spark, to, FIRST, THREE_DAYS)
    before = version(to.url), files_on_disk(to.url)
    rows = [(TUESDAY, 7, "in"), (THURSDAY, 1, "out"), (THURSDAY, 2, "out"), (WEDNESDAY, 3, "out")]
    with pytest.raises(OutsideRangeError, match=rf"{TUESDAY}: {WEDNESDAY} \(1 rows\), {THURSDAY} \(2 rows\)"):
        judge_sales(spark, to, rows, (TUESDAY,))
    assert (version(to.url), files_on_disk(to.url)) == before


def test_rejected_rows_outside_the_range_are_named_too(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    with pytest.raises(OutsideRangeError, match=rf"{THURSDAY} \(1 rows\)"):
        judge_sales(spark, to, [(TUESDAY, 7, "in"), (THURSDAY, -1, "bad and out")], (TUESDAY,))
    assert files_on_disk(to.url) == set()


def test_rows_without_a_partition_are_outside_every_range(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    with pytest.raises(OutsideRangeError, match=r"NULL \(1 rows\)"):
        judge_sales(spark, to, [(TUESDAY, 7, "in"), (None, 1, "nowhere")], (TUESDAY,))
    with pytest.raises(OutsideRangeError, match=rf"{THURSDAY} \(1 rows\), NULL \(2 rows\)"):
        judge_sales(spark, to, [(THURSDAY, 7, "out"), (None, 1, "nowhere"), (None, -1, "nor this")], (TUESDAY,))
    assert files_on_disk(to.url) == set()


def test_a_range_of_a_partitioned_table_names_its_partitions() -> None:
    with pytest.raises(OutsideRangeError, match="named none of them"):
        Range("day", ())
    with pytest.raises(OutsideRangeError, match="no partition keys"):
        Range(None, (MONDAY,))


def test_a_commit_says_who_made_it_from_what_and_what_became_of_the_rows(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    judged = judge_sales(spark, to, [*FIRST, (MONDAY, -1, "bad")], THREE_DAYS)
    publish(judged, Origin("run-9", "c0de", {"bronze/sales": 4}, dict.fromkeys(THREE_DAYS, 5)))
    told = json.loads(DeltaTable(to.url).history()[0][COMMIT_KEY])
    assert len(told.pop("commit")) == 32
    assert told.pop("build").startswith(metadata.version("lakehouse-assets"))
    assert told == {
        "run_id": "run-9",
        "range": f"{MONDAY}..{WEDNESDAY} (3 partitions)",
        "code_version": "c0de",
        "rules": to.rules.fingerprint,
        "inputs": {"bronze/sales": 4},
        "delivered": 6,
        "accepted": 5,
        "quarantined": 1,
        "failures": {"id__gt": 1},
    }
    assert json.loads(DeltaTable(to.quarantine_url).history()[0][COMMIT_KEY])["quarantined"] == 1


def test_the_fingerprint_of_each_partition_is_committed_with_its_rows(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    most = 2**63 - 1
    publish(judge_sales(spark, to, FIRST, THREE_DAYS), Origin("r", made={MONDAY: 5, TUESDAY: most}))
    publish(judge_sales(spark, to, [], (MONDAY,)), Origin("r", made={MONDAY: 4}))
    table = DeltaTable(to.url)
    assert [table.transaction_version(MADE + day) for day in THREE_DAYS] == [4, most, None]


def test_days_are_a_range_in_words() -> None:
    assert [str(Range("day", DAYS[:n])) for n in (1, 2)] == [MONDAY, f"{MONDAY}..{TUESDAY} (2 partitions)"]
    assert str(Range.whole()) == "whole table"
    assert Sale.names() == ["day", "id", "item"]


def test_a_reader_of_the_table_sees_its_columns_and_no_other(spark: SparkSession, lake: Settings) -> None:
    to = target(lake, carried=("_source_row",))
    frame = sales(spark, FIRST).selectExpr("*", "7L as _source_row")
    publish(judge(frame, to, Range("day", THREE_DAYS)), Origin("r"))
    columns = ["day", "id", "item", "_source_row"]
    table = DeltaTable(to.url)
    assert [f.name for f in table.schema().fields] == columns
    assert isinstance(table.to_pyarrow_table(), pa.Table)
    assert table.to_pyarrow_table().column_names == columns
    assert spark.read.format("delta").load(to.url).columns == columns
