"""A sensor that starts the maintenance of tables: after so many versions, or when their figures say so."""

# Without postponed annotations: Dagster reads the type of `context`.
from collections.abc import Iterable
from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.tags import RUN_KEY_TAG

from lakehouse_assets.declare.table import Table
from lakehouse_assets.errors import LakehouseError
from lakehouse_assets.orchestration.beside import GROUP, maintenance_key, writers_of
from lakehouse_assets.settings import Settings

EVERY_SECONDS = 3600
AT_ONCE = 2  # runs that one look asks for
UNKNOWN = -1  # the version of a table that could not be looked at


def maintenance_sensor(tables: Iterable[Table]) -> dg.SensorDefinition:
    """Asks for the maintenance of the tables that need it most, never of one that is being written.

    A table needs it when a task is due by its figures, or so many versions after the last time. It is asked for once a
    day at the same version, so that what cannot be done is not tried without end. Stopped until somebody starts it:
    a vacuum deletes.
    """
    chosen = list(tables)

    @dg.sensor(
        name="maintenance",
        target=dg.AssetSelection.groups(GROUP),
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Maintains the tables that need it most: by small files, spread rows, log and what can be deleted.",
    )
    def maintenance(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now, settings = datetime.now(UTC), Settings.from_environment()
        looked = [(table, *_need(context, table, settings, now)) for table in chosen]
        needs = sorted((one for one in looked if one[1] >= 1), key=lambda one: (-one[1], one[0].id))
        free = [one for one in needs if not writers_of(context.instance, one[0])]
        requests = [
            dg.RunRequest(
                run_key=f"{table.id}@{version}@{now:%Y-%m-%d}",
                asset_selection=[maintenance_key(table)],
                tags={"lakehouse/urgency": f"{need:.1f}"},
            )
            for table, need, version in free
        ]
        # Dagster leaves out what it was asked for already: that must not stand in the way of others.
        requests = [request for request in requests if not _asked(context.instance, request)][:AT_ONCE]
        busy = f", {len(needs) - len(free)} are being written" if len(needs) > len(free) else ""
        return dg.SensorResult(
            run_requests=requests, skip_reason=None if requests else f"{len(needs)} tables need maintenance{busy}"
        )

    return maintenance


def _asked(instance: dg.DagsterInstance, request: dg.RunRequest) -> bool:
    """Whether there is a run that this sensor asked for by the same key."""
    return bool(instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: request.run_key or ""}), limit=1))


def _need(context: dg.SensorEvaluationContext, table: Table, settings: Settings, now: datetime) -> tuple[float, int]:
    """How urgently a table needs maintenance, from 1 on it does, and at which version; 0 for one never published.

    One that cannot be looked at needs it: its run fails, which people are told of.
    """
    # Late: what reads Delta logs is not needed to load a code location.
    from lakehouse_assets.maintaining.upkeep import survey

    try:
        found = survey(table, settings, now=now)
    except LakehouseError as error:  # of one table; its own run will say so, and others are kept all the same
        context.log.error(str(error))  # noqa: TRY400 - complete without a traceback
        return 1.0, UNKNOWN
    if not found:
        return 0.0, 0
    version = found[0].figures.version
    since = version - _last(context.instance, table)
    return max(since / table.maintenance.look_after_versions, *(one.urgency for one in found)), version


def _last(instance: dg.DagsterInstance, table: Table) -> int:
    """The version at which the table was last maintained through Dagster."""
    event = instance.get_latest_materialization_event(maintenance_key(table))
    told = event.asset_materialization.metadata.get("delta_version") if event and event.asset_materialization else None
    return int(told.value) if told is not None and isinstance(told.value, int) else 0
