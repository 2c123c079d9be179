"""Merge: of each key the latest row of all that was delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from lakehouse_assets.errors import ContractError
from lakehouse_assets.shaping.columns import require
from lakehouse_assets.shaping.keyed import WHOLE, Keyed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from lakehouse_assets.shaping.columns import Columns


def merged(
    frame: DataFrame, columns: Columns, key: Sequence[str], latest: Sequence[str], deletes: str | None
) -> DataFrame:
    """One row for each key, the greatest by `latest`; none where `deletes` is true in it.

    A row whose key is NULL, or an ordering column that the contract demands, cannot be ranked: it passes as
    it is, for the contract to reject. In any other ordering column NULL is the oldest; a deletion that is
    NULL is none. Ordering columns and `deletes` are dropped unless the contract names them.
    """
    require(frame, [*key, *latest, *([deletes] if deletes else [])], "merge")
    if deletes and frame.schema[deletes].dataType.simpleString() != "boolean":
        raise ContractError(
            f"column {deletes!r}, which marks deletions, is {frame.schema[deletes].dataType.simpleString()}",
            remedy="make it a boolean in the table's function, true for a deletion",
        )
    contracted = columns.schema.names
    known = [name for name in latest if name in contracted]
    order = [columns.typed(name) if name in contracted else F.col(name) for name in latest]
    ties = columns.ties(frame.columns, [*key, *latest])
    # Rows that cannot be ranked are kept out of the ranking of those that can.
    ranked = columns.present([*key, *(name for name in known if columns.demanded(name))])
    keyed = Keyed(len(key))
    newest_first = keyed.by(*(F.desc_nulls_last(column) for column in [*order, *(F.col(name) for name in ties)]))
    marked = keyed.mark(frame, columns, key, ranked).withColumn("_older", keyed.follows(newest_first))
    goes = F.col("_older")
    if deletes:
        goes |= F.col(WHOLE) & F.coalesce(F.col(deletes), F.lit(False))
    helpers = [name for name in [*latest, *([deletes] if deletes else [])] if name not in contracted]
    kept = [name for name in frame.columns if name not in helpers or name in columns.carried]
    return marked.where(~goes).select(*kept)
