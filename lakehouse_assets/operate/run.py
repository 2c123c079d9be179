"""Running what a plan asks for, through Dagster, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lakehouse_assets.errors import DeliveryError, LakehouseError
from lakehouse_assets.lake import Lake
from lakehouse_assets.operate.plan import Wave, waves
from lakehouse_assets.operate.stretches import never_published, stretches

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult

    from lakehouse_assets.declare.partitions import Calendar
    from lakehouse_assets.declare.table import Table
    from lakehouse_assets.settings import Settings


@dataclass(frozen=True)
class Request:
    """What a user asked to be run: tables, days, and whether good partitions are made again.

    Where tables were not named one by one, those with nothing to be made from hold up none of the others.
    """

    tables: tuple[Table, ...]
    first: str | None = None
    last: str | None = None
    force: bool = False
    one_by_one: bool = True

    @property
    def span(self) -> str:
        """The days as the command is told them."""
        return "".join(f" --{name} {day}" for name, day in (("from", self.first), ("to", self.last)) if day)


@dataclass(frozen=True)
class Part:
    """One Dagster run: tables of one calendar, over an unbroken range of its partitions."""

    tables: tuple[Table, ...]
    keys: tuple[str, ...]  # empty for unpartitioned tables


class RunFailedError(LakehouseError):
    """A Dagster run failed; its text is the reason that the first failed step gave."""


def run(
    request: Request, settings: Settings, instance: DagsterInstance, say: Callable[[str], None] = print
) -> dict[str, float]:
    """Make what is missing or out of date; returns the seconds each table took, of those that ran.

    Tables of one calendar run together, each after those it reads. Raises DeliveryError where a table that was named,
    or each of those asked for, has nothing to be made from, RunFailedError where a run fails; what earlier runs
    published stays.
    """
    seconds: dict[str, float] = {}
    left: dict[str, LakehouseError] = {}
    for wave in waves(request.tables):
        for part in _parts(wave, request, Lake(settings), left):
            say(f"running {', '.join(t.id for t in part.tables)}{_span(part)}")
            result = _execute(part, instance, force=request.force)
            seconds |= _step_seconds(result, part.tables)
    if left and len(left) == len(request.tables):
        raise next(iter(left.values()))
    for table_id, error in left.items():
        say(f"{table_id} is left alone: {error.what}")
    return seconds


def _parts(wave: Wave, request: Request, lake: Lake, left: dict[str, LakehouseError]) -> Iterator[Part]:
    """The runs of a wave: only tables and partitions that are due, and what reads them within the wave.

    A table that has nothing to be made from, and was not named, is put into `left` with the reason.
    """
    calendar = wave.calendar
    wanted = _slots(calendar, request)
    due: dict[str, set[str]] = {}
    for table in wave.tables:
        above = [t for t in wave.tables if t.parameter in table.inputs]
        made_above = set().union(*(due[t.id] for t in above))
        there = set(lake.available(table, wanted)) | made_above
        try:
            _require_something(table, lake, there, request, above=any(t.id not in left for t in above))
        except LakehouseError as error:
            if request.one_by_one:
                raise
            left[table.id] = error
        due[table.id] = there if request.force else made_above | set(lake.stale(table, wanted))
    if calendar is None:
        tables = tuple(t for t in wave.tables if due[t.id])
        if tables:
            yield Part(tables, ())
        return
    due_on = {slot: tuple(t for t in wave.tables if slot in due[t.id]) for slot in wanted}
    for tables, keys in stretches(due_on, never_published(wave.tables, wanted, lake)):
        yield Part(tables, keys)


def _slots(calendar: Calendar | None, request: Request) -> tuple[str, ...]:
    return ("",) if calendar is None else calendar.between(request.first, request.last)


def _require_something(table: Table, lake: Lake, there: set[str], request: Request, *, above: bool) -> None:
    if there or above:
        return
    if table.source:
        raise DeliveryError(
            f"nothing was delivered for {table.id}"
            + (f" from {request.first} to {request.last}" if request.first else ""),
            where=f"{lake.settings.landing}/{table.source.folder}",
            remedy="run `lakehouse land` for the demo's deliveries, or wait for the sender's",
        )
    raise LakehouseError(
        f"{table.id} cannot be made: it reads {', '.join(table.inputs)}, not all of which were published",
        remedy=f"run `lakehouse run +{table.id}{request.span}`, which makes what it reads first",
    )


def _execute(part: Part, instance: DagsterInstance, *, force: bool = False) -> ExecuteInProcessResult:
    import dagster as dg
    from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

    from lakehouse_assets.definitions import defs
    from lakehouse_assets.orchestration.tags import FORCE
    from resources.executor import execute_here
    from resources.run_launcher import PROCESS, this_process

    job = defs.resolve_implicit_global_asset_job_def()
    tags = {PROCESS: this_process()} | ({FORCE: "true"} if force else {})
    if part.keys:
        tags |= {ASSET_PARTITION_RANGE_START_TAG: part.keys[0], ASSET_PARTITION_RANGE_END_TAG: part.keys[-1]}
    keys = [dg.AssetKey([t.layer, t.name]) for t in part.tables]
    result = execute_here(job, instance, keys, {"loggers": {"console": {}}}, tags)
    if not result.success:
        raise RunFailedError(_reason(result), where=f"run {result.run_id}")
    return result


def _reason(result: ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            if data.user_failure_data and data.user_failure_data.description:
                return data.user_failure_data.description
            return data.error_display_string
    return "the run failed before its first step; see the run's log in the Dagster UI"


def _step_seconds(result: ExecuteInProcessResult, made: Iterable[Table]) -> dict[str, float]:
    by_step = {f"{t.layer}__{t.name}": t.id for t in made}
    return {
        by_step[event.step_key]: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success and event.step_key in by_step
    }


def _span(part: Part) -> str:
    if not part.keys:
        return ""
    return f", {part.keys[0]} to {part.keys[-1]}" if len(part.keys) > 1 else f", {part.keys[0]}"
