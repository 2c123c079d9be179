"""History: of each key every version, with from when to when it was valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from lakehouse_assets.errors import ContractError
from lakehouse_assets.shaping.columns import all_of, require
from lakehouse_assets.shaping.keyed import WHOLE, Keyed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from lakehouse_assets.shaping.columns import Columns

# Helper columns; a contract's columns never begin with an underscore.
TIME, END, CONTINUES, CLOSES = "_time", "_end", "_continues", "_closes"


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
    keyed = Keyed(len(key))
    time = columns.typed(valid_from).alias(TIME)
    observed = keyed.mark(frame, columns, key, columns.present([*key, valid_from]), time)
    if complete:
        observed = _with_end(observed)
    ties = columns.ties(frame.columns, [*key, valid_from])
    to_the_last = keyed.by(F.col(TIME), *(F.asc_nulls_first(name) for name in ties))
    said_again = keyed.precedes(to_the_last) & F.lead(TIME).over(to_the_last).eqNullSafe(F.col(TIME))
    said = observed.withColumn("_said_again", said_again).where(~F.col("_said_again"))

    in_time = keyed.by(F.col(TIME))
    attributes = [name for name in frame.columns if name not in (*key, valid_from, *columns.carried)]
    values = [value for name in attributes for value in columns.identity(name)]
    same = [F.lag(value).over(in_time).eqNullSafe(value) for value in values]
    if complete:
        same.append(F.lag(END).over(in_time).eqNullSafe(F.col(TIME)))
    else:
        said = said.withColumn(END, F.when(keyed.precedes(in_time), F.lead(TIME).over(in_time)))
    told = said.withColumn(CONTINUES, all_of([keyed.follows(in_time), *same]))
    # Of each version the observations that open and close it: where the last one ends, the version ends.
    closes = ~F.coalesce(F.lead(CONTINUES).over(in_time), F.lit(False))
    edges = told.withColumn(CLOSES, closes).where(~F.col(CONTINUES) | F.col(CLOSES))
    ended = edges.withColumn("_to", F.when(F.col(CLOSES), F.col(END)).otherwise(F.lead(END).over(in_time)))
    valid_to = F.when(F.col(WHOLE), F.col("_to"))
    is_current = F.col(WHOLE) & F.col("_to").isNull()
    opened = ended.where(~F.col(CONTINUES))
    return opened.select(*frame.columns, valid_to.alias(made[0]), is_current.alias(made[1]))


def _with_end(observed: DataFrame) -> DataFrame:
    """Each observation with the time of the next full list, NULL after the last."""
    times = observed.where(F.col(WHOLE)).select(TIME).distinct()
    following = F.lead(TIME).over(Window.partitionBy(F.lit(1)).orderBy(TIME))
    # The small side comes first: engines without statistics build their hash table from the left.
    return times.withColumn(END, following).join(observed, TIME, "right")
