"""The event log of a laptop: one SQLite file, fast enough for a year of partitions in one run."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from dagster import DagsterEventType, EventLogEntry, StringSource

# Dagster documents its storages as pluggable but exports no base class for a SQL event log.
# dagster-postgres and dagster-mysql build on these same underscore modules.
from dagster._core.storage.event_log import SqlEventLogStorage, SqlEventLogStorageMetadata
from dagster._core.storage.event_log.base import EventLogConnection
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite import consolidated_sqlite_event_log
from dagster._core.storage.sql import (
    AlembicVersion,
    check_alembic_revision,
    get_alembic_config,
    run_alembic_upgrade,
    stamp_alembic_rev,
)
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from sqlalchemy.engine import Connection
from typing_extensions import override

from resources.dagster_storage.check_rows import (
    insert_planned,
    is_evaluation_of_a_run,
    store_evaluations,
)
from resources.dagster_storage.database import Database, create_once
from resources.dagster_storage.watcher import Callback, RunWatcher

# Dagster hands over the events of a range's partitions together only where it is told how many to gather.
os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
OF_PARTITIONS = (DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED)

# Beside this module lie the `alembic.ini` and the migrations of Dagster's SQLite event logs.
MIGRATIONS = consolidated_sqlite_event_log.__file__


def _kind(event: EventLogEntry) -> DagsterEventType | None:
    """What many events of are stored at once; None for any other."""
    kind = event.dagster_event_type
    if is_evaluation_of_a_run(event) or (kind in OF_PARTITIONS and event.get_dagster_event().asset_key):
        return kind
    return None


class LocalEventLogStorage(SqlEventLogStorage, ConfigurableClass):
    """All events of all runs in `<base_dir>/event_log.db`; what is stored survives `kill -9`.

    Schema, queries and migrations are Dagster's own. Ours are the connections (see `Database`), the
    batch (`store_event_batch` and `batch` commit once) and the watcher behind the UI's live log.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        path = Path(base_dir).resolve() / "event_log.db"
        self._inst_data = inst_data
        self._database = Database(path)
        self._watcher = RunWatcher(self._fetch)
        self._tables: set[str] = set()
        self._secondary_indexes: set[str] = set()
        self._asset_columns: set[str] = set()
        create_once(path, self._create)
        super().__init__()

    # configuration

    @property
    @override
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    @override
    def config_type(cls) -> dict[str, Any]:
        return {"base_dir": StringSource}

    @classmethod
    @override
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "LocalEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    # writing

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Everything this thread stores inside is committed together, or not at all.

        Other processes wait to write meanwhile: a thousand events are a batch, a table load is not.
        """
        with self._database.transaction():
            yield

    @override
    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        with self.batch():
            for kind, group in groupby(events, key=_kind):
                if kind is DagsterEventType.ASSET_CHECK_EVALUATION:
                    self._store_evaluations(list(group))
                elif kind is not None:
                    self._store_of_partitions(list(group))
                else:
                    for event in group:
                        self.store_event(event)

    @override
    def store_asset_check_event(self, event: EventLogEntry, event_id: int | None) -> None:
        if event.dagster_event_type is DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
            with self.index_connection() as connection:
                insert_planned(connection, event, event_id, self._event_to_row(event))
        else:
            super().store_asset_check_event(event, event_id)

    def _store_evaluations(self, events: Sequence[EventLogEntry]) -> None:
        with self.index_connection() as connection:
            store_evaluations(connection, events, [self._event_to_row(event) for event in events])

    def _store_of_partitions(self, events: Sequence[EventLogEntry]) -> None:
        """As Dagster stores each of these events of one kind; an asset's own row is left to its last one."""
        insert = SqlEventLogStorageTable.insert().returning(SqlEventLogStorageTable.c.id, sort_by_parameter_order=True)
        with self.index_connection() as connection:
            rows = [self._event_to_row(event) for event in events]
            ids = connection.execute(insert, rows).scalars().all()
            self._store_asset_event_tags(connection, events, ids)
            last = {row["asset_key"]: (event, id_) for row, event, id_ in zip(rows, events, ids, strict=True)}
            for event, id_ in last.values():
                self._store_asset_event(connection, event, id_)

    # connections and schema

    @override
    def run_connection(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        return self._database.transaction()

    @override
    def index_connection(self) -> AbstractContextManager[Connection]:
        return self._database.transaction()

    @override
    def has_table(self, table_name: str) -> bool:
        # Asked for each event. A table that exists stays; one that is missing may be migrated in.
        if table_name not in self._tables and self._database.has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @override
    def has_secondary_index(self, name: str) -> bool:
        if name not in self._secondary_indexes and super().has_secondary_index(name):
            self._secondary_indexes.add(name)
        return name in self._secondary_indexes

    @override
    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        # Asked for each event of an asset, and answered by reading the schema.
        if column_name not in self._asset_columns and super()._has_asset_key_col_on_connection(conn, column_name):
            self._asset_columns.add(column_name)
        return column_name in self._asset_columns

    @cached_property
    @override
    def supports_global_concurrency_limits(self) -> bool:
        return self.has_table("concurrency_limits")

    @override
    def upgrade(self) -> None:
        with self.index_connection() as connection:
            run_alembic_upgrade(get_alembic_config(MIGRATIONS), connection)

    @override
    def alembic_version(self) -> AlembicVersion:
        with self.index_connection() as connection:
            return check_alembic_revision(get_alembic_config(MIGRATIONS), connection)

    def _create(self) -> None:
        with self.index_connection() as connection:
            SqlEventLogStorageMetadata.create_all(connection)
            self.reindex_events()
            self.reindex_assets()
            # Last: a file with a revision is complete (see `create_once`).
            stamp_alembic_rev(get_alembic_config(MIGRATIONS), connection)

    # watching

    @override
    def watch(self, run_id: str, cursor: str | None, callback: Callback) -> None:
        self._watcher.watch(run_id, cursor, callback)

    @override
    def end_watch(self, run_id: str, handler: Callback) -> None:
        self._watcher.end_watch(run_id, handler)

    def _fetch(self, run_id: str, cursor: str | None, limit: int) -> EventLogConnection:
        return self.get_records_for_run(run_id, cursor, limit=limit)

    @override
    def dispose(self) -> None:
        self._watcher.stop()
        self._database.dispose()
