"""Writing a judged frame where no reader sees it, the way its engine does that best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lakehouse_assets.publish.transactions import LOG
from lakehouse_assets.publish.verdict import WHOLE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# A setting of the session: the format in which this engine writes the files of many partitions fastest. The embedded
# engine says "delta", by whose writer a year of days takes a fifth less of the cores; a year of weeks, whose files are
# larger, takes a fifth more.
STAGED_AS = "spark.lakehouse.stagedAs"
MANY = 100


def write_staged(rows: DataFrame, url: str, folder: str, by: str, partitions: int) -> None:
    """Write rows as Parquet files below `<url>/<folder>`, a folder for each value of the column `by`.

    `partitions` is how many the run is for. Of a table with partitions, the rows of a partition lie in one file, or
    in a few where an engine that knows how to has split what is too large for one task. Whatever is written beside
    the files is taken away.
    """
    from pyspark.sql import functions as F

    from lakehouse_assets.storage import place

    how = str(rows.sparkSession.conf.get(STAGED_AS, "parquet")) if partitions > MANY else "parquet"
    # Unless shuffled first, each task of the Delta writer leaves a file in each partition. The embedded engine's
    # Parquet writer would make the text of each row's day by itself, and slowly.
    rows = rows.repartition(by) if how == "delta" else rows.withColumn(by, F.col(by).cast("string"))
    if by != WHOLE:
        rows = rows.hint("rebalance", F.col(by))  # for the same end on Spark; the embedded engine knows no hint
    rows.write.format(how).partitionBy(by).save(f"{url}/{folder}")
    if how == "delta":
        place(url).delete(f"{folder}/{LOG}")
