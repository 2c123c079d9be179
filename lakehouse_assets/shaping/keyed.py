"""Rows in the order of their keys, so that a row can be compared with the one before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import Column, Window
from pyspark.sql import functions as F

from lakehouse_assets.shaping.columns import all_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.window import WindowSpec

    from lakehouse_assets.shaping.columns import Columns

# Helper columns; a contract's columns never begin with an underscore.
WHOLE, BUCKET = "_whole", "_bucket"

# A window for each key costs the embedded engine eight times as much where keys are many; one for each bucket
# of keys still leaves a cluster this many tasks.
BUCKETS = 1024


@dataclass(frozen=True)
class Keyed:
    """The order of rows by a key of `width` columns; rows that are not whole, as they lack it, stand apart."""

    width: int

    def mark(self, frame: DataFrame, columns: Columns, key: Sequence[str], whole: Column, *more: Column) -> DataFrame:
        """Add what the order needs, and `more` columns."""
        typed = [columns.typed(name) for name in key]
        bucket = F.pmod(F.xxhash64(*typed), F.lit(BUCKETS)).alias(BUCKET)
        keys = [value.alias(name) for value, name in zip(typed, self._keys, strict=True)]
        return frame.select("*", *keys, bucket, whole.alias(WHOLE), *more)

    def by(self, *order: Column) -> WindowSpec:
        """The rows of a key side by side, in this order."""
        return Window.partitionBy(BUCKET).orderBy(WHOLE, *self._keys, *order)

    def follows(self, window: WindowSpec) -> Column:
        """True for a row whose key is that of the row before it."""
        return self._same([F.lag(name).over(window) for name in self._keys], F.lag(WHOLE).over(window))

    def precedes(self, window: WindowSpec) -> Column:
        """True for a row whose key is that of the row after it."""
        return self._same([F.lead(name).over(window) for name in self._keys], F.lead(WHOLE).over(window))

    @property
    def _keys(self) -> list[str]:
        return [f"_key_{i}" for i in range(self.width)]

    def _same(self, neighbours: list[Column], whole: Column) -> Column:
        same = [other.eqNullSafe(F.col(name)) for name, other in zip(self._keys, neighbours, strict=True)]
        return all_of([F.col(WHOLE), F.coalesce(whole, F.lit(False)), *same])
