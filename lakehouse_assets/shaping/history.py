"""History: of each key every version, with from when to when it was valid."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from lakehouse_assets.errors import ContractError
from lakehouse_assets.shaping.columns import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from lakehouse_assets.shaping.columns import Columns

# Helper columns; a contract's columns never begin with an underscore.
WHOLE, TIME, END, LAST = "_whole", "_time", "_end", "_last"


def versions(
    frame: DataFrame, columns: Columns, key: Sequence[str], valid_from: str, made: tuple[str, str], complete: bool
) -> DataFrame:
    """Observations as versions, with the columns `made`: when a version ended (NULL if it did not), whether it did not.

    Observations of a key that follow one another and say the same are one version, described by the first.
    Of one key and time the last source row counts. With `complete`, a version ends at the first time at
    which its key was not observed. A row whose key or time is NULL passes, for the contract to reject. A
    row that other rules reject still opens and ends versions: what it replaced is no longer true.
    """
    require(frame, [*key, valid_from], "history")
    if taken := [name for name in made if name in frame.columns]:
        raise ContractError(
            f"the frame has the columns {taken}, which write=history(...) makes",
            remedy="leave them out in the table's function",
        )
    keys = [f"_key_{i}" for i in range(len(key))]
    observed = frame.select(
        "*",
        *(columns.typed(name).alias(alias) for name, alias in zip(key, keys, strict=True)),
        columns.typed(valid_from).alias(TIME),
        columns.present([*key, valid_from]).alias(WHOLE),
    )
    if complete:
        observed = _with_end(observed)
    # Rows without key or time are kept apart, and every one of them is kept.
    of_key = Window.partitionBy(WHOLE, *keys)
    ties = columns.ties(frame.columns, [*key, valid_from])
    following = F.lead(TIME).over(of_key.orderBy(TIME, *(F.asc_nulls_first(name) for name in ties)))
    last = observed.withColumn(LAST, ~following.eqNullSafe(F.col(TIME))).where(~F.col(WHOLE) | F.col(LAST))
    in_time = of_key.orderBy(TIME)
    attributes = [name for name in frame.columns if name not in (*key, valid_from, *columns.carried)]
    values = [value for name in attributes for value in columns.identity(name)]
    same = [F.lag(value).over(in_time).eqNullSafe(value) for value in values]
    continues = reduce(and_, [F.lag(TIME).over(in_time).isNotNull(), *same])
    helpers = {"_continues": continues}
    if complete:
        helpers["_continues"] = continues & F.lag(END).over(in_time).eqNullSafe(F.col(TIME))
        helpers["_before"] = F.lag(END).over(in_time)
        everything = in_time.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
        helpers["_ended"] = F.last(END).over(everything)
    opened = last.withColumns(helpers).where(~F.col(WHOLE) | ~F.col("_continues"))
    # A version ends where its last observation does, and the version after it knows when that was.
    to = F.lead(TIME).over(in_time)
    if complete:
        to = F.when(to.isNull(), F.col("_ended")).otherwise(F.lead("_before").over(in_time))
    valid_to, is_current = made
    ended = opened.withColumn(valid_to, F.when(F.col(WHOLE), to))
    return ended.withColumn(is_current, F.col(WHOLE) & F.col(valid_to).isNull()).select(*frame.columns, *made)


def _with_end(observed: DataFrame) -> DataFrame:
    """Each observation with the time of the next full list, NULL after the last."""
    times = observed.where(F.col(WHOLE)).select(TIME).distinct()
    following = F.lead(TIME).over(Window.partitionBy(F.lit(1)).orderBy(TIME))
    # The small side comes first: engines without statistics build their hash table from the left.
    return times.withColumn(END, following).join(observed, TIME, "right")
