"""A connection lost amid a large file says nothing about the file."""

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.fs import FSSpecHandler, LocalFileSystem, PyFileSystem

from lakehouse_assets.ingest.readers import read_delivery
from lakehouse_assets.ingest.readers.content import HELD
from lakehouse_assets.ingest.sources import Source, csv, parquet
from lakehouse_assets_tests.ingest.readers.reading import delivery_of, text_columns


class Breaking(io.FileIO):
    """A file that can be read up to 20 MiB altogether."""

    left = 20 << 20

    def read(self, size: int | None = -1) -> bytes:
        self.left -= size or 0
        if self.left < 0:
            raise OSError(5, "connection lost")
        return super().read(size)


class BreakingStore(FSSpecHandler):
    def __init__(self) -> None:
        self.local = LocalFileSystem()

    def open_input_stream(self, path: str) -> pa.NativeFile:
        return pa.PythonFile(Breaking(path), mode="r")

    open_input_file = open_input_stream

    def get_file_info(self, paths: Any) -> Any:
        return self.local.get_file_info(paths)


@pytest.mark.parametrize("source", [csv("x"), parquet("x")], ids=["csv", "parquet"])
def test_a_lost_connection_stays_an_error_of_the_store(tmp_path: Path, source: Source) -> None:
    path = tmp_path / "x"
    if source.format == "csv":
        path.write_bytes(b"a,b\n" + b"1,2\n" * (HELD // 4))
    else:
        numbers = pa.array(range(HELD // 7)).cast(pa.string())
        pq.write_table(pa.table({"a": numbers, "b": numbers}), path, use_dictionary=False, compression="none")
    assert path.stat().st_size > HELD
    with pytest.raises(OSError, match="connection lost"):
        list(read_delivery(PyFileSystem(BreakingStore()), delivery_of(path), source, text_columns("a", "b")))
