"""Webserver, daemon and run processes share one folder."""

import sqlite3
from contextlib import closing

import dagster as dg
import pytest

PROCESSES = [f"run-{number}" for number in range(4)]


def all_at_once(start, command: str, events: int) -> None:
    processes = [start(command, run, str(events)) for run in PROCESSES]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait(timeout=120) for process in processes] == [0, 0, 0, 0]


def test_four_processes_write_200_events_each_and_none_is_lost(start, instance):
    all_at_once(start, "write", 200)

    for run in PROCESSES:
        messages = [r.event_log_entry.user_message for r in instance.get_records_for_run(run).records]
        assert messages == [f"event {number}" for number in range(200)]


@pytest.mark.parametrize("attempt", range(3))
def test_four_processes_start_at_once_in_an_empty_folder(start, home, attempt):
    all_at_once(start, "race", 5)

    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert [len(instance.get_records_for_run(run).records) for run in PROCESSES] == [5, 5, 5, 5]
        assert_up_to_date(instance)


def test_a_first_start_that_died_half_way_is_completed_by_the_next(home):
    with dg.DagsterInstance.from_config(str(home)):
        pass
    with closing(sqlite3.connect(home / "history" / "event_log.db")) as connection:
        connection.execute("DROP TABLE asset_check_executions")
        connection.execute("DELETE FROM alembic_version")
        connection.commit()

    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert_up_to_date(instance)
        assert instance.event_log_storage.supports_asset_checks


def test_dagsters_own_migration_finds_nothing_to_do(instance):
    instance.upgrade()
    instance.reindex()

    assert_up_to_date(instance)


def assert_up_to_date(instance: dg.DagsterInstance) -> None:
    for storage in (instance.event_log_storage, instance.run_storage, instance.schedule_storage):
        found, head = storage.alembic_version()
        assert found == head
    assert instance.event_log_storage.has_secondary_index("asset_key_table")
