"""An event that Dagster stored is there for the next process, however the first one ended."""

import dagster as dg
import pytest

from resources.dagster_storage import LocalEventLogStorage

LOG_LINES = 100
DAYS = 31


def the_run(instance: dg.DagsterInstance) -> str:
    (run,) = instance.get_runs()
    return run.run_id


def count(instance: dg.DagsterInstance, kind: dg.DagsterEventType | None) -> int:
    records = instance.get_records_for_run(the_run(instance)).records
    return sum(1 for r in records if r.event_log_entry.dagster_event_type == kind)


def test_a_normal_exit_loses_no_event(start, instance):
    assert start("materialize").wait(timeout=60) == 0

    assert count(instance, None) == LOG_LINES
    assert count(instance, dg.DagsterEventType.ASSET_MATERIALIZATION) == DAYS
    assert count(instance, dg.DagsterEventType.RUN_SUCCESS) == 1


def test_a_killed_process_loses_no_event_of_the_step_it_had_finished(start, instance):
    assert start("die-in-next-step").wait(timeout=60) == -9

    assert count(instance, None) == LOG_LINES
    assert count(instance, dg.DagsterEventType.ASSET_MATERIALIZATION) == DAYS
    assert count(instance, dg.DagsterEventType.STEP_SUCCESS) == 1
    assert count(instance, dg.DagsterEventType.STEP_START) == 2
    assert len(instance.get_materialized_partitions(dg.AssetKey("finished"))) == DAYS


def test_a_batch_is_stored_whole_or_not_at_all(instance):
    storage = instance.event_log_storage
    assert isinstance(storage, LocalEventLogStorage)
    run = dg.materialize([dg.asset(lambda: None, name="one")], instance=instance)
    before = len(storage.get_logs_for_run(run.run_id))
    entry = storage.get_logs_for_run(run.run_id)[0]

    with pytest.raises(RuntimeError), storage.batch():
        storage.store_event(entry)
        raise RuntimeError

    assert len(storage.get_logs_for_run(run.run_id)) == before
    storage.store_event_batch([entry, entry])
    assert len(storage.get_logs_for_run(run.run_id)) == before + 2


def test_a_forked_process_and_its_parent_both_write(start, instance):
    assert start("fork").wait(timeout=60) == 0

    assert len(instance.get_records_for_run("parent").records) == 10
    assert len(instance.get_records_for_run("child").records) == 10
