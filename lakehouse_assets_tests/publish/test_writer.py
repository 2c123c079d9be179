"""A staged file written without an engine: Delta's schema is the only one that readers see, no rows leave no file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lakehouse_assets.publish.writer import SlotWriter

BATCH = pa.record_batch({"v": [1, 2]})


def files(root: Path) -> list[Path]:
    return sorted(root.rglob("*.parquet"))


def test_a_file_is_named_and_compressed_as_it_says_and_carries_no_schema_of_arrows(tmp_path: Path) -> None:
    with SlotWriter(str(tmp_path), "staged-1", "day", "a/b", "part-7") as writer:
        writer.write(BATCH)
        writer.write(BATCH)
    (path,) = files(tmp_path)
    assert path == tmp_path / "staged-1" / "day=a%2Fb" / "part-7.zstd.parquet"
    with pq.ParquetFile(path) as parquet:
        assert parquet.metadata.metadata is None or b"ARROW:schema" not in parquet.metadata.metadata
        assert parquet.metadata.row_group(0).column(0).compression == "ZSTD"
        assert parquet.read()["v"].to_pylist() == [1, 2, 1, 2]


def test_without_rows_or_once_abandoned_there_is_no_file_and_later_rows_begin_anew(tmp_path: Path) -> None:
    with SlotWriter(str(tmp_path), "staged-1", None, "") as writer:
        writer.abandon()
        writer.write(BATCH)
        writer.abandon()
        assert files(tmp_path) == []
    assert files(tmp_path) == []
    with SlotWriter(str(tmp_path), "staged-1", None, "") as writer:
        writer.write(BATCH)
        writer.abandon()
        writer.write(BATCH.slice(1))
    (path,) = files(tmp_path)
    assert pq.read_table(path, partitioning=None)["v"].to_pylist() == [2]
