"""Names and texts come out of SQL as they went in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lakehouse_assets.quoting import spark_name, spark_text, texts

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

ODD = ["plain", "O'Hara", "back\\slash", "\\'", "'; --", '"double"', "`tick`", "ä\n"]


@pytest.mark.parametrize("odd", ODD)
def test_a_text_and_a_name_reach_the_engine_as_they_are(spark: SparkSession, odd: str) -> None:
    frame = spark.sql(f"select {spark_text(odd)} as {spark_name(odd)}")
    assert (frame.columns, frame.collect()[0][0]) == ([odd], odd)


def test_texts_in_a_predicate_find_exactly_their_rows(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path), pa.table({"v": [*ODD, "another"]}))
    for found in (ODD, ODD[2:4]):
        rows = DeltaTable(str(tmp_path)).scan(predicate=f"v IN ({texts(found)})")
        assert sorted(pa.RecordBatchReader.from_stream(rows).read_all()["v"].to_pylist()) == sorted(found)
