"""The maintenance of each table as a Dagster asset: materialising it does what is due, figures tell what it did."""

# Without postponed annotations: Dagster reads the type of `context`.
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import dagster as dg

from lakehouse_assets.declare.table import Table
from lakehouse_assets.orchestration.beside import GROUP, maintenance_key, writers_of
from lakehouse_assets.orchestration.steps import told_failures
from lakehouse_assets.settings import Settings

if TYPE_CHECKING:
    from lakehouse_assets.maintaining.doing import Done, Rewriter, Step

WAIT_SECONDS = 30  # for a run that writes the table
WAITS = 20


def maintenance_assets(tables: Iterable[Table], engine: Callable[[], "Rewriter"]) -> list[dg.AssetsDefinition]:
    """The maintenance of all these tables, by what `engine` gives; it is asked only where files are rewritten."""
    return [maintenance_asset(table, engine) for table in tables]


def maintenance_asset(table: Table, engine: Callable[[], "Rewriter"]) -> dg.AssetsDefinition:
    """The maintenance of a table and of its quarantine.

    It shares the pool of the table's writers, and waits while a run of the table is in progress. One that begins
    meanwhile waits for it; of one that does not, by another deployment, what would meet it yields.
    """

    @dg.asset(
        key=maintenance_key(table),
        deps=[dg.AssetKey([table.layer, table.name])],
        description=f"Keeps {table.id} and its quarantine fast and small, by the table's policy: joins small files, "
        "puts rows together, adds statistics, writes checkpoints, cleans the log, and deletes what no version needs. "
        "No row changes.",
        group_name=GROUP,
        kinds={"delta"},
        owners=list(table.owners),
        pool=table.parameter,
    )
    def maintain(context: dg.AssetExecutionContext) -> Iterator[Any]:
        if writers_of(context.instance, table):
            raise dg.RetryRequested(max_retries=WAITS, seconds_to_wait=WAIT_SECONDS)
        with told_failures(table, context):
            yield dg.MaterializeResult(metadata=_maintain(context, table, engine))

    return maintain


def _maintain(context: dg.AssetExecutionContext, table: Table, engine: Callable[[], "Rewriter"]) -> dict[str, Any]:
    # Late: what reads Delta logs is not needed to load a code location.
    from lakehouse_assets.maintaining.doing import perform
    from lakehouse_assets.maintaining.upkeep import survey
    from lakehouse_assets.publish.claim import require_claim

    settings = Settings.from_environment()
    require_claim(settings, table.layer)

    def say(name: str) -> "Callable[[Step], None]":
        return lambda step: context.log.info(f"{name}: {step.kind} {step.slot}".rstrip() + f": {step.said}")

    started = time.perf_counter()
    done = [perform(due, engine, say(due.id)) for due in survey(table, settings)]
    metadata: dict[str, Any] = {"seconds": round(time.perf_counter() - started, 3)}
    for one in done:
        metadata |= figures(one, "quarantine_" if one.id != table.id else "")
    return metadata


def figures(done: "Done", prefix: str = "") -> dict[str, Any]:
    """What became of a place as numbers, which the UI plots: each figure before and after."""
    changed = {
        f"{prefix}{name}_{when}": value
        for when, numbers in (("before", done.before), ("after", done.after))
        for name, value in numbers.items()
    }
    return {
        **changed,
        f"{prefix}steps": len(done.steps),
        f"{prefix}steps_yielded": done.yielded,
        f"{prefix}delta_version": done.version,
    }
