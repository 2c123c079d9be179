"""Frames of every kind: loading a table as one, and staging one that no contract judges."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from lakehouse_assets.errors import ContractError, OutsideRangeError
from lakehouse_assets.publish.column_names import unfit_names
from lakehouse_assets.publish.commit import open_table
from lakehouse_assets.publish.judge import Judged, judge
from lakehouse_assets.publish.judgement import tally
from lakehouse_assets.publish.snapshot import Snapshot
from lakehouse_assets.publish.staging import read_staging, staging_folder
from lakehouse_assets.publish.transactions import current_version
from lakehouse_assets.publish.writer import SlotWriter, arrow_schema
from lakehouse_assets.quoting import texts
from lakehouse_assets.storage import storage_errors
from lakehouse_assets.wording import some_of

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from lakehouse_assets.publish.ranges import Range
    from lakehouse_assets.publish.target import Target

Kind = Literal["spark", "pandas", "polars", "polars lazy", "arrow"]


def kind_of(annotation: Any) -> Kind:
    """The kind of frame that an annotation asks for; a Spark frame where it says nothing known."""
    module, name = getattr(annotation, "__module__", "") or "", getattr(annotation, "__name__", "")
    if module.startswith("polars"):
        return "polars lazy" if name == "LazyFrame" else "polars"
    if module.startswith("pyarrow"):
        return "arrow"
    return "pandas" if module.startswith("pandas") else "spark"


# Which version of its table a loaded Spark frame shows, so that a commit can name what it was made from.
_versions: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


def version_of(frame: Any) -> int | None:
    """The version of its table that a frame from `load_frame` shows; None for any other frame."""
    return _versions.get(frame)


def load_frame(
    url: str, kind: Kind, column: str | None, keys: tuple[str, ...] | None, session: Callable[[], SparkSession]
) -> Any:
    """The table at `url` as a frame of `kind`: exactly the partitions `keys`, or all of it for None.

    A Spark frame shows the version that was current at the call, however late it is computed.

    Raises OutsideRangeError where partitions are asked for and the partition column is not known: the
    predicate could not be made, and a load never widens.
    """
    if keys is not None and column is None:
        raise OutsideRangeError(
            "partitions were asked for, but the asset does not say which column holds them",
            where=url,
            remedy='add metadata={"partition_column": "..."} to the upstream asset',
        )
    if kind == "spark":
        return _spark(session(), url, column, keys)
    stored = open_table(url)
    if stored is None:
        raise OutsideRangeError("the table was never published", where=url, remedy="materialise it first")
    table = _arrow(stored, column, keys)
    if kind == "arrow":
        return table
    if kind == "pandas":
        return table.to_pandas()
    import polars as pl

    frame = pl.from_arrow(table)
    return frame.lazy() if kind == "polars lazy" and isinstance(frame, pl.DataFrame) else frame


def stage_frame(frame: Any, target: Target, range_: Range) -> Judged:
    """Stage a Spark, pandas, polars or Arrow frame that has no rules to be judged by.

    Raises OutsideRangeError, with nothing left staged, for rows of partitions that `range_` does not name,
    and ContractError for a frame without the partition column, or with a column that some reader could not name.
    """
    if unfit := unfit_names(target.schema):
        raise ContractError(
            f"columns cannot be called so: {some_of(unfit, between='; ')}",
            where=target.id,
            remedy="rename them: no blanks, quotes, dots, slashes, backslashes or any of ,;{}()=, nothing that cannot "
            "be printed, and no two that differ by case alone",
        )
    if target.column is not None and target.column not in target.schema.names:
        raise ContractError(
            f"the frame lacks the partition column {target.column!r}; it has {target.schema.names}",
            where=target.id,
            remedy="return that column too, or name another partition_column",
        )
    if target.schema.names == [target.column]:
        raise ContractError(
            f"the frame has no column but the partition column {target.column!r}",
            where=target.id,
            remedy="return another column too: files do not hold the partition column, and would hold nothing",
        )
    if kind_of(type(frame)) == "spark":
        return judge(frame, target, range_)
    seen = Snapshot.of(target.url)
    table = as_arrow(frame).cast(arrow_schema(target.schema))
    with storage_errors(target.url), staging_folder(target.url) as folder:
        for slot, part in _slots(table, target.column):
            with SlotWriter(target.url, folder, target.column, slot) as writer:
                for batch in part.to_batches():
                    writer.write(batch)
        staging = read_staging(target.url, folder)
        judgement = tally(staging.files, range_, target.rules)
    return Judged(target, range_, staging, judgement, target.schema, seen)


def schema_of(frame: Any) -> StructType:
    """The columns of a frame of any kind, as a Spark schema; raises ContractError for what is no frame."""
    if hasattr(frame, "sparkSession"):
        return frame.schema
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(as_arrow(frame).schema)


def as_arrow(frame: Any) -> pa.Table:
    """A pandas, polars or Arrow frame as an Arrow table; raises ContractError for anything else."""
    import pyarrow as pa

    if isinstance(frame, pa.Table):
        return frame
    kind = kind_of(type(frame))
    if kind == "pandas":
        if not frame.columns.is_unique:
            raise ContractError(
                f"the frame has more than one column called {frame.columns[frame.columns.duplicated()][0]!r}",
                remedy="rename or drop the others",
            )
        return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    if kind in ("polars", "polars lazy"):
        return (frame.collect() if kind == "polars lazy" else frame).to_arrow()
    raise ContractError(
        f"{type(frame).__name__} is no frame", remedy="return a Spark, pandas or polars frame or an Arrow table"
    )


def _spark(session: SparkSession, url: str, column: str | None, keys: tuple[str, ...] | None) -> DataFrame:
    from pyspark.sql import functions as F

    version = current_version(url)
    frame = session.read.format("delta").option("versionAsOf", version).load(url)
    if column is not None and keys is not None:
        kind = frame.schema[column].dataType
        frame = frame.where(F.col(column).isin([F.lit(key).cast(kind) for key in keys]))
    _versions[frame] = version
    return frame


def _arrow(stored: DeltaTable, column: str | None, keys: tuple[str, ...] | None) -> pa.Table:
    """delta-rs's own scan, because it also reads deletion vectors and mapped columns, as clusters write them."""
    import pyarrow as pa

    predicate = None
    if column is not None and keys is not None:
        predicate = f'"{column}" IN ({texts(keys)})' if keys else "false"
    table = pa.RecordBatchReader.from_stream(stored.scan(predicate=predicate)).read_all()
    plain = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
    return table.cast(pa.schema([pa.field(f.name, plain.get(f.type, f.type)) for f in table.schema]))


def _slots(table: pa.Table, column: str | None) -> list[tuple[str, pa.Table]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if column is None:
        return [("", table)]
    # Rows without a partition go to "", which no range has: they are found there and named, not lost.
    keys = pc.fill_null(pc.cast(table[column], pa.string()), "")
    rest = table.drop_columns([column])
    return [(key, rest.filter(pc.equal(keys, key))) for key in pc.unique(keys).to_pylist()]
