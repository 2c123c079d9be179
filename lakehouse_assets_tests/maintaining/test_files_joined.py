"""Files are joined, sorted and given statistics: fewer are read, and no row changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake

from lakehouse_assets import catalog
from lakehouse_assets_tests.maintaining.maintained import maintain, steps, url_of
from lakehouse_assets_tests.maintaining.prices import DECLARED, FIRST, Prices, deliver, prices, rows_of, run

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


def test_files_of_a_day_are_joined_and_a_changed_delivery_is_still_found_among_them(
    priced: Settings, spark: SparkSession
) -> None:
    for name in ("b", "c", "d"):
        deliver(priced, FIRST, f"{name},1\n", name=name)
    run(priced, spark)
    (done, *_) = maintain(Prices, priced)
    assert [(s.kind, s.slot, s.said) for s in done.steps if s.kind == "compact"] == [
        ("compact", FIRST, "5 files are 1 now")
    ]
    assert (done.before["small_file_score"], done.after["small_file_score"]) == (5, 2), "the second day has two"
    deliver(priced, FIRST, "d,9\n", name="d")
    run(priced, spark)
    assert [row for row in rows_of(prices, priced) if row[0] == FIRST] == [
        (FIRST, name, price) for name, price in [("b", "1"), ("c", "1"), ("d", "9"), ("gin", "5"), ("tea", "5")]
    ]


def test_files_that_another_tool_wrote_without_statistics_get_some_and_can_be_skipped(priced: Settings) -> None:
    url = url_of(prices, priced)
    strip_statistics(url)
    assert len(fragments(url, "zzz")) == 2
    before = rows_of(prices, priced)
    assert "statistics" in steps(maintain(prices, priced))
    assert fragments(url, "zzz") == []
    assert rows_of(prices, priced) == before
    assert "statistics" not in steps(maintain(prices, priced))


def strip_statistics(url: str) -> None:
    from deltalake.transaction import AddAction

    table = DeltaTable(url)
    files = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    bare = [
        AddAction(f["path"], f["size_bytes"], {"event_date": str(f["partition.event_date"])}, 1, False, "{}")
        for f in files
    ]
    table.create_write_transaction(bare, "append", table.schema(), ["event_date"])


def fragments(url: str, product: str) -> list[Any]:
    return list(DeltaTable(url).to_pyarrow_dataset().get_fragments(filter=pc.field("product") == product))


def test_rows_are_put_together_again_only_when_enough_of_them_are_new(
    lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "tables", lambda: DECLARED)
    url, n = url_of(prices, lake), 120_000
    products = pa.array([os.urandom(12).hex() for _ in range(n)])
    days = pa.array([FIRST] * n).cast("date32")
    one = pa.table({"product": products, "price": pa.array(range(n)), "event_date": days})
    write_deltalake(url, one, partition_by=["event_date"])

    def kinds() -> list[str]:
        return [k for k in steps(maintain(prices, lake, cluster_by=("product",), file_mb=1)) if k in ("cluster",)]

    assert kinds() == ["cluster"]
    assert kinds() == []
    write_deltalake(url, one.slice(0, 1_000), mode="append")
    assert kinds() == [], "a little more is no reason"
    DeltaTable(url).create_checkpoint()
    for commit in sorted(Path(DeltaTable(url).table_uri.removeprefix("file://"), "_delta_log").glob("*.json"))[:-1]:
        commit.unlink()
    assert kinds() == [], "the files say it where the log, which was cleaned, does no more"
    write_deltalake(url, one.slice(0, 60_000), mode="append")
    assert kinds() == ["cluster"]
    files = len(DeltaTable(url).file_uris())
    assert len(fragments(url, products[7].as_py())) <= files // 2
