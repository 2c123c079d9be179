"""What a table is made from: frames of other tables, at one version each, cut to the partitions of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.publish.commit import active_files, all_files
from lakehouse_assets.publish.frames import load_frame, version_of
from lakehouse_assets.publish.ranges import Range

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.lake import Lake
    from lakehouse_assets.settings import Settings


def load_inputs(
    table: Table, names: Iterable[str], range_: Range, settings: Settings, session: Callable[[], SparkSession]
) -> dict[str, DataFrame]:
    """The tables of these names, each cut to the partitions that a range of `table` is made from."""
    return {name: _load_input(table, find_table(name), range_, settings, session) for name in names}


def _load_input(
    table: Table, upstream: Table, range_: Range, settings: Settings, session: Callable[[], SparkSession]
) -> DataFrame:
    url = settings.table_url(upstream.layer, upstream.name)
    column = upstream.calendar.column if upstream.calendar else None
    return load_frame(url, "spark", column, _keys_read(table, upstream, range_), session)


def pins(frames: Mapping[str, DataFrame]) -> dict[str, int]:
    """The versions of the tables that the run reads, by id."""
    read = {find_table(name).id: version_of(frame) for name, frame in frames.items()}
    return {name: version for name, version in read.items() if version is not None}


def cut(frames: Mapping[str, DataFrame], table: Table, range_: Range) -> dict[str, DataFrame]:
    """The frames, each without the rows that only neighbours of a range are made from.

    Where calendars differ, the partitions at the edges of a range also hold rows of those. The days of a week, for
    example: a day on which one week turns into the next belongs to both, and the column of the reading table's
    partition tells its rows apart.
    """
    return {name: _cut(frame, table, find_table(name), range_) for name, frame in frames.items()}


def _cut(frame: DataFrame, table: Table, upstream: Table, range_: Range) -> DataFrame:
    both = table.calendar and upstream.calendar and table.calendar != upstream.calendar
    if not both or range_.column not in frame.columns:
        return frame
    return within(frame, range_)


def within(frame: DataFrame, range_: Range) -> DataFrame:
    """The rows of the range's partitions."""
    from pyspark.sql import functions as F

    return frame.where(F.col(str(range_.column)).isin([F.lit(key).cast("date") for key in range_.keys]))


def bytes_read(table: Table, lake: Lake, range_: Range) -> int:
    """The size of the files that the run's partitions are made from, by the logs of the tables that it reads."""
    total = 0
    for name in table.inputs:
        upstream = find_table(name)
        stored, keys = lake.stored(upstream), _keys_read(table, upstream, range_)
        column = upstream.calendar.column if upstream.calendar else None
        if stored is not None and keys != ():
            read = active_files(stored, Range(column, keys)) if column and keys else all_files(stored, None)
            total += sum(file.size_bytes for file in read)
    return total


def _keys_read(table: Table, upstream: Table, range_: Range) -> tuple[str, ...] | None:
    """The partitions of a table that a range of another is made from; None for all of it."""
    if table.calendar is None or upstream.calendar is None:
        return None
    return upstream.calendar.overlapping(range_.keys, table.calendar)
