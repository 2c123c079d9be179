"""Writing a judged frame where no reader sees it, the way its engine does that best."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lakehouse_assets.publish.transactions import LOG
from lakehouse_assets.publish.verdict import WHOLE

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

# A setting of the session of an engine that writes partitions faster by its Delta writer, as the embedded one does:
# into how many tasks their rows are shuffled for it. Without it they are written as Parquet.
STAGING_TASKS = "spark.lakehouse.stagingTasks"


def embedded_tasks() -> int:
    """What that setting is where the engine runs on this machine: two tasks a core, so that none waits for the last."""
    return 2 * (os.cpu_count() or 1)


def write_staged(rows: DataFrame, url: str, folder: str, by: str, partitions: int) -> None:
    """Write rows as Parquet files below `<url>/<folder>`, a folder for each value of the column `by`.

    `partitions` is how many the run is for. Of a table with partitions, the rows of a partition lie in one file, or
    in a few where an engine that knows how to has split what is too large for one task. Whatever is written beside
    the files is taken away.
    """
    from pyspark.sql import functions as F

    from lakehouse_assets.storage import place

    tasks = int(rows.sparkSession.conf.get(STAGING_TASKS, None) or 0)
    # Of few partitions the Parquet writer keeps every core busy, and the Delta writer only as many as there are.
    how = "delta" if by != WHOLE and 0 < tasks <= partitions else "parquet"
    # Unless shuffled first, each task of the Delta writer leaves a file in each partition; without a number the
    # engine shuffles into a single task. Its Parquet writer would make the text of each row's day by itself, slowly.
    rows = rows.repartition(tasks, by) if how == "delta" else rows.withColumn(by, F.col(by).cast("string"))
    if by != WHOLE:
        rows = rows.hint("rebalance", F.col(by))  # for the same end on Spark; the embedded engine knows no hint
    rows.write.format(how).partitionBy(by).save(f"{url}/{folder}")
    if how == "delta":
        place(url).delete(f"{folder}/{LOG}")
