"""A table that a person asks a job for, with Dagster down: `lakehouse-task --table gold/x --keys 2017-01-01`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from lakehouse_assets.catalog import table as find_table
from lakehouse_assets.errors import UnknownPartitionError
from lakehouse_assets.remote.task import Task
from lakehouse_assets.settings import Settings

BY_HAND = "by hand"  # what the commit has for a run's id


def task_of(arguments: Sequence[str]) -> Task | None:
    """The task that the arguments ask for, of this process' own code and variables; None where they name no table.

    Raises what `catalog.table` and `Settings` raise, and UnknownPartitionError for a partitioned table without keys.
    """
    parser = argparse.ArgumentParser("lakehouse-task", add_help=False, allow_abbrev=False)
    parser.add_argument("--table", default="")
    parser.add_argument("--keys", default="")
    asked, _ = parser.parse_known_args(arguments)
    if not asked.table:
        return None
    table, settings = find_table(asked.table), Settings.from_environment()
    keys = tuple(key.strip() for key in asked.keys.split(",") if key.strip())
    if table.calendar and not keys:
        raise UnknownPartitionError(
            "the table is partitioned, and no partition was named",
            where=table.id,
            remedy="name them: --keys 2017-01-01,2017-01-02",
        )
    return Task.of(table, settings, action="make", keys=keys, run_id=BY_HAND)
