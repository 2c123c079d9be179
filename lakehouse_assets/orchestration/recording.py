"""What Dagster records of a run, wherever it ran: metadata, a result for each check, the quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._utils.interrupts import capture_interrupts, pop_captured_interrupt

from lakehouse_assets.orchestration.checks import evaluations
from lakehouse_assets.orchestration.columns import column_schema
from lakehouse_assets.orchestration.quarantine import quarantined
from lakehouse_assets.wording import some_of

if TYPE_CHECKING:
    from lakehouse_assets.outcome import Outcome


def record_refusal(context: dg.AssetExecutionContext, outcome: Outcome) -> None:
    """Record the failed checks of a run that published nothing."""
    # Late: its database libraries take half a second, which a code location need not pay to be loaded.
    from resources.dagster_storage import record_checks

    with _in_one_go():
        record_checks(context, evaluations(outcome.table, outcome, version=None, run_id=context.run.run_id))


def refuse(context: dg.AssetExecutionContext, outcome: Outcome) -> NoReturn:
    """Record a publication that was refused, and fail the step for good."""
    record_refusal(context, outcome)
    total = outcome.total
    raise dg.Failure(
        description=f"{outcome.table.id} was not published, it is as it was: {'; '.join(outcome.refusals[:5])}\n"
        "Remedy: look at the failed checks; repair the delivery or the contract, and run it again",
        metadata={
            "rows_delivered": total.delivered,
            "rows_rejected": total.quarantined,
            **{rule: count for rule, count in total.failures.items() if count},
        },
        allow_retries=False,
    )


def describe_run(context: dg.AssetExecutionContext, outcome: Outcome) -> dict[str, Any]:
    """The metadata of a materialisation, beside what its publication tells; that of each partition is added."""
    table = outcome.table
    for slot, tally in outcome.tallies.items() if table.calendar else ():
        context.add_asset_metadata(
            {"dagster/partition_row_count": tally.accepted, "partition_rows_quarantined": tally.quarantined},
            partition_key=slot,
        )
    metadata: dict[str, Any] = {
        "seconds_compute": round(outcome.effort.seconds, 3),
        "partitions_unchanged": outcome.unchanged,
    }
    if table.calendar:
        keys = outcome.range.keys
        metadata |= {"partitions": len(keys), "first_partition": keys[0], "last_partition": keys[-1]}
    if outcome.gone:
        metadata["files_gone"] = len(outcome.gone)
        named = some_of(outcome.gone)
        context.log.warning(f"{table.id}: gone from the landing zone, their rows are {table.gone}: {named}")
    if len(outcome.range.slots) == 1:  # a range would repeat the schema for each of its partitions
        metadata["dagster/column_schema"] = column_schema(table)
    return metadata


def record(context: dg.AssetExecutionContext, outcome: Outcome, version: int | None) -> Iterator[Any]:
    """`yield from` this once the materialisation was yielded: check results, the quarantine, what the step owes."""
    from resources.dagster_storage import check_outputs, record_checks, record_materializations

    with _in_one_go():
        record_checks(context, evaluations(outcome.table, outcome, version=version, run_id=context.run.run_id))
        if outcome.judged is not None:
            record_materializations(context, quarantined(outcome, version))
    yield from check_outputs(context)


@contextmanager
def _in_one_go() -> Iterator[None]:
    """Who terminates the run waits for the block's end: what is published is good, so no later run would tell of it."""
    with capture_interrupts():
        yield
        interrupted = pop_captured_interrupt()
    if interrupted:
        raise DagsterExecutionInterruptedError
