"""Whatever one asks, the answers are those of Dagster's default storage."""

import re

import dagster as dg
import pytest
import sqlalchemy as db
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster_shared.record import replace

from resources.dagster_storage import check_outputs, record_checks

DAYS = dg.DailyPartitionsDefinition("2017-01-01", end_date="2017-01-11")
RANGE = {
    "dagster/asset_partition_range_start": "2017-01-02",
    "dagster/asset_partition_range_end": "2017-01-09",
}
KEYS = DAYS.get_partition_keys()[1:9]
RULES = ("positive", "known_product")
CHECKS = [dg.AssetCheckKey(dg.AssetKey("sales"), rule) for rule in (*RULES, "whole_table")]


def evaluations(context: dg.AssetExecutionContext) -> list[dg.AssetCheckEvaluation]:
    by_day = [
        dg.AssetCheckEvaluation(
            asset_key=context.asset_key,
            check_name=rule,
            passed=day != "2017-01-05",
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"rejected": 3},
            partition=day,
        )
        for rule in RULES
        for day in context.partition_keys
    ]
    return [
        *by_day,
        dg.AssetCheckEvaluation(asset_key=context.asset_key, check_name="whole_table", passed=True, partition=None),
    ]


def table(record) -> dg.AssetsDefinition:
    @dg.asset(
        partitions_def=DAYS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=[
            *(dg.AssetCheckSpec(rule, asset="sales", partitions_def=DAYS) for rule in RULES),
            dg.AssetCheckSpec("whole_table", asset="sales"),
        ],
    )
    def sales(context: dg.AssetExecutionContext):
        yield dg.MaterializeResult(metadata={"rows": 7}, data_version=dg.DataVersion("v1"))
        record(context)
        yield from check_outputs(context)

    return sales


def dagsters_way(context: dg.AssetExecutionContext) -> None:
    """One event at a time, each pointing to the latest materialisation of its partition."""
    for evaluation in evaluations(context):
        target = None
        if evaluation.partition:
            filter_ = dg.AssetRecordsFilter(context.asset_key, asset_partitions=[evaluation.partition])
            (latest,) = context.instance.fetch_materializations(filter_, limit=1).records
            target = AssetCheckEvaluationTargetMaterializationData(
                storage_id=latest.storage_id, run_id=latest.run_id, timestamp=latest.timestamp
            )
        context.log_event(replace(evaluation, target_materialization_data=target))


def our_way(context: dg.AssetExecutionContext) -> None:
    record_checks(context, evaluations(context))


@pytest.fixture(params=["one event a write", "DAGSTER_EVENT_BATCH_SIZE"])
def both(request, monkeypatch, default_instance, instance):
    """The same two runs, an earlier load and a repetition, on both storages."""
    size = "5" if request.param == "DAGSTER_EVENT_BATCH_SIZE" else "0"
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", size)
    for storage, record in ((default_instance, dagsters_way), (instance, our_way)):
        for _ in range(2):
            assert dg.materialize([table(record)], instance=storage, tags=RANGE).success
    return default_instance, instance


def runs(instance: dg.DagsterInstance) -> dict[str, str]:
    """Run ids differ between the two; their order does not."""
    ordered = sorted(instance.get_run_records(), key=lambda record: record.storage_id)
    return {r.dagster_run.run_id: f"run {number}" for number, r in enumerate(ordered)}


def same(both, question) -> bool:
    expected, answer = (question(instance) for instance in both)
    assert answer == expected
    return True


def test_materialisations_and_partitions_are_the_same(both):
    key = dg.AssetKey("sales")

    def latest(instance):
        event = instance.get_latest_materialization_event(key)
        return event.asset_materialization.partition, runs(instance)[event.run_id]

    def tags(instance):
        return {
            partition: found["dagster/data_version"]
            for partition, found in instance.event_log_storage.get_latest_tags_by_partition(
                key, dg.DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
            ).items()
        }

    def history(instance):
        return [
            (record.partition_key, runs(instance)[record.event_log_entry.run_id])
            for record in instance.fetch_materializations(key, limit=1000).records
        ]

    assert same(both, latest)
    assert same(both, tags)
    assert same(both, history)
    assert same(both, lambda instance: instance.get_materialized_partitions(key) == set(KEYS))


def test_the_log_of_a_run_has_the_same_events(both):
    def kinds(instance):
        return [
            [
                (
                    e.dagster_event_type,
                    e.step_key,
                    e.get_dagster_event().partition,
                    re.sub(r" in [\d.]+m?s", "", e.message),
                    e.level,
                    e.get_dagster_event().partition,
                )
                for e in (r.event_log_entry for r in instance.get_records_for_run(run).records)
            ]
            for run in runs(instance)
        ]

    def stats(instance):
        return [
            (found.steps_succeeded, found.materializations, found.expectations)
            for found in map(instance.get_run_stats, runs(instance))
        ]

    assert same(both, kinds)
    assert same(both, stats)


def test_check_results_are_the_same_column_by_column(both):
    columns = AssetCheckExecutionsTable.c

    def rows(instance):
        query = db.select(AssetCheckExecutionsTable).order_by(columns.id)
        with instance.event_log_storage.index_connection() as connection:
            found = connection.execute(query).mappings().all()
        materialized = {
            record.storage_id: (record.partition, runs(instance)[record.run_id])
            for record in instance.get_asset_event_summary_records(
                dg.DagsterEventType.ASSET_MATERIALIZATION, dg.AssetKey("sales")
            )
        }
        return sorted(
            (
                row["asset_key"],
                row["check_name"],
                row["partition"] or "",
                runs(instance)[row["run_id"]],
                row["execution_status"],
                materialized.get(row["materialization_event_storage_id"], ()),
                row["evaluation_event_storage_id"] is not None,
                row["evaluation_event_timestamp"] is not None,
                row["create_timestamp"] is not None,
            )
            for row in found
        )

    assert same(both, rows)
    assert rows(both[1])


def test_each_partition_shows_its_own_check_result(both):
    def by_partition(instance):
        return {
            (info.check_key, info.partition_key): (info.latest_execution_status, info.is_current)
            for info in instance.event_log_storage.get_asset_check_partition_info(CHECKS)
            if info.partition_key
        }

    def subsets(instance):
        state = instance.event_log_storage.get_asset_check_state([(CHECKS[0], DAYS)])[CHECKS[0]]
        return {
            status: subset.subset_value.get_partition_keys()
            for status, subset in state.subsets.items()
            if not subset.is_empty
        }

    def latest(instance):
        found = instance.event_log_storage.get_latest_asset_check_execution_by_key(CHECKS)
        return {
            key: (
                record.status,
                record.partition,
                record.event.get_dagster_event().asset_check_evaluation_data.metadata,
            )
            for key, record in found.items()
        }

    assert same(both, by_partition)
    assert same(both, subsets)
    assert same(both, latest)
    assert {status.value: len(keys) for status, keys in subsets(both[1]).items()} == {
        "SUCCEEDED": len(KEYS) - 1,
        "FAILED": 1,
    }


def test_a_result_outside_any_run_stands_beside_the_earlier_ones(both):
    def history(instance):
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=dg.AssetKey("sales"),
                check_name="positive",
                passed=False,
                partition=KEYS[0],
            )
        )
        records = instance.event_log_storage.get_asset_check_execution_history(CHECKS[0], limit=1000)
        return [record.status.value for record in records if record.partition == KEYS[0]]

    expected, answer = map(history, both)
    assert answer == expected == ["FAILED", "SUCCEEDED", "SUCCEEDED"]
