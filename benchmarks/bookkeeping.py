"""What Dagster's bookkeeping of a year costs: the daily tables of the lake in one single run.

The real run, with real data and every check: bronze/transactions, silver/transactions, gold/daily_store_sales,
each over all days. A table tells with its materialisation how long it computed, quarantined and committed;
what is left of the run's seconds is bookkeeping: planning, events, check results, loading inputs. So both
figures come from the same run and a slow minute cannot fall between them. Ours is the storage of
`resources/dagster.yaml`; Dagster's default SQLite, which commits events one by one, is shown over a month.
"""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any

from benchmarks.measure import Bench, Result, in_turns, module, tell

LIMIT = 10.0
DAILY_TABLES = ("bronze/transactions", "silver/transactions", "gold/daily_store_sales")
READS = ("bronze/products", "silver/products")
MONTH = 30
WORK = ("seconds_compute", "seconds_quarantine", "seconds_commit")
DEFAULT_STORAGE = "telemetry:\n  enabled: false\n"


def measure(bench: Bench) -> Result:
    """Our storage over all days, and beside it, over a month, our storage and Dagster's default."""
    ready = bench.folder / "bookkeeping"
    module("lakehouse_year", bench.landing, ready / "lake", bench.days, *READS)

    def side(storage: str, days: int) -> dict[str, Any]:
        home = bench.folder / "bookkeeping-run"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(ready, home)
        if storage == "default":
            (home / "dagster").mkdir()
            (home / "dagster/dagster.yaml").write_text(DEFAULT_STORAGE)
        homes = {"LAKEHOUSE_HOME": str(home), "LAKEHOUSE_LANDING": bench.landing, "LAKEHOUSE_ROOT": ""}
        return module("bookkeeping", days, environment={**homes, "DAGSTER_HOME": str(home / "dagster")})

    month = min(MONTH, bench.days)
    sides = (("ours", bench.days), ("ours", month), ("default", month))
    turns = in_turns(bench.turns, *(lambda s=s: side(*s) for s in sides))
    best = [min(turn, key=lambda told: told["bookkeeping"]) for turn in turns]
    rows = [("storage", "days", "run", "tables' own work", "bookkeeping", "events", "check results")]
    for (storage, days), told in zip(sides, best, strict=True):
        seconds = (f"{told[name]:.1f}" for name in ("run", "work", "bookkeeping"))
        rows.append((storage, str(days), *seconds, f"{told['events']:,}", f"{told['checks']:,}"))
    return Result(
        "bookkeeping",
        f"{len(DAILY_TABLES)} daily tables, {bench.days} days, one run",
        best[0]["bookkeeping"],
        LIMIT,
        "seconds",
        f"{best[0]['bookkeeping']:.1f} s",
        f"Dagster's default storage, {month} days {best[2]['bookkeeping']:.1f} s (ours {best[1]['bookkeeping']:.1f} s)",
        rows,
    )


def main(days: str) -> None:
    """Run the daily tables over the first days; prints the run's seconds and the tables' own, as JSON."""
    import dagster as dg
    from dagster import DagsterEventType
    from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

    from benchmarks.days import days_and_weeks
    from lakehouse_assets.definitions import defs
    from lakehouse_assets.settings import Settings
    from resources.dagster_home import prepare_home

    keys, _ = days_and_weeks(int(days))
    prepare_home(Settings.from_environment())
    with dg.DagsterInstance.get() as instance:
        assets = {dg.AssetKey(name.split("/")) for name in DAILY_TABLES}
        job = defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection=assets)
        tags = {ASSET_PARTITION_RANGE_START_TAG: keys[0], ASSET_PARTITION_RANGE_END_TAG: keys[-1]}
        quiet: Any = {"loggers": {"console": {"config": {}}}}
        begun = time.perf_counter()
        result = job.execute_in_process(run_config=quiet, instance=instance, tags=tags)
        run = time.perf_counter() - begun
        work = sum(_work(instance, result.run_id, key) for key in assets)
        stats = instance.event_log_storage.get_records_for_run(result.run_id, limit=1_000_000).records
        kinds = [record.event_log_entry.dagster_event_type for record in stats]
        checks = kinds.count(DagsterEventType.ASSET_CHECK_EVALUATION)
    told = {"run": run, "work": work, "bookkeeping": run - work, "events": len(stats), "checks": checks}
    tell(told)


def _work(instance: Any, run_id: str, key: Any) -> float:
    record = instance.fetch_materializations(key, limit=1).records[0]
    metadata = record.asset_materialization.metadata
    assert record.run_id == run_id
    return sum(metadata[name].value for name in WORK)


if __name__ == "__main__":
    main(*sys.argv[1:])
