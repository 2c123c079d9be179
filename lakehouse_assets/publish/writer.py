"""Staging Arrow batches without an engine: for deliveries, and for pandas, polars and Arrow outputs."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import quote

from lakehouse_assets.publish.verdict import WHOLE
from lakehouse_assets.storage import place

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyspark.sql.types import StructType


class SlotWriter:
    """Writes batches into one staged Parquet file of one slot, row groups at a time.

    The slot `REJECTED` is that of rows set apart.
    """

    def __init__(self, url: str, folder: str, column: str | None, slot: str, part: str = "part-0") -> None:
        lake = place(url)
        label = f"{column}={quote(slot, safe='')}" if column else f"{WHOLE}={slot or 'all'}"
        self._system, self._folder, self._part = lake.system, f"{lake.path}/{folder}/{label}", part
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> SlotWriter:
        """Open nothing yet: a slot without rows leaves no file."""
        return self

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch."""
        import pyarrow.parquet as pq

        if self._writer is None:
            self._system.create_dir(self._folder, recursive=True)
            # The Arrow schema stays out of the file: Delta's schema is the only one that readers should see.
            self._writer = pq.ParquetWriter(
                f"{self._folder}/{self._part}.zstd.parquet",
                batch.schema,
                filesystem=self._system,
                compression="zstd",
                compression_level=1,
                store_schema=False,
            )
        self._writer.write_batch(batch)

    def abandon(self) -> None:
        """Forget what was written; a later batch begins anew."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._system.delete_file(f"{self._folder}/{self._part}.zstd.parquet")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish the file; after an error too, its folder is removed by whoever staged it."""
        if self._writer is not None:
            self._writer.close()


def arrow_schema(schema: StructType) -> pa.Schema:
    """The Arrow schema of a Spark schema, timestamps in microseconds UTC."""
    from pyspark.sql.pandas.types import to_arrow_schema

    return to_arrow_schema(schema, timezone="UTC")
