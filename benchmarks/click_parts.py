"""What each step of the way to a materialised day costs, in one fresh process that goes it by hand."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import tell

seconds: dict[str, float] = {}


@contextmanager
def part(name: str) -> Iterator[None]:
    """Count what lies inside."""
    begun = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - begun


def main(name: str, day: str) -> None:
    """Import, open, start, ask, run one day; prints the seconds of each part as JSON."""
    with part("import dagster"):
        import dagster as dg
    with part("import pyspark"):
        import pyspark.sql.functions
        import pyspark.sql.types  # noqa: F401
    with part("import pandera, with pandas"):
        import pandera.pyspark  # noqa: F401
    with part("import our storage of events"):
        import resources.dagster_storage  # noqa: F401
    with part("import the rest of the definitions"):
        from lakehouse_assets.definitions import defs, engine
    with part("build the job"):
        key = dg.AssetKey(name.split("/"))
        job = defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection={key})
    with part("open the instance"):
        instance = dg.DagsterInstance.get()
    with part("start the engine"):
        session = engine.spark_session
    with part("first query"):
        session.range(1).collect()
    with part("run, its step included"):
        result = job.execute_in_process(instance=instance, partition_key=day)
    seconds["- the step"] = sum(
        event.step_success_data.duration_ms / 1000 for event in result.all_events if event.is_step_success
    )
    with part("stop the engine"):
        from resources.engines.embedded import stop

        stop()
    tell(seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
