"""Dagster's local storage; the parts that a large run wears on keep their connections."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import Field, StringSource

# Underscore modules: Dagster exports no other base for a storage, see `event_log`.
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.runs import SqliteRunStorage
from dagster._core.storage.schedules import SqliteScheduleStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from sqlalchemy import make_url
from sqlalchemy.engine import Connection
from typing_extensions import override

from lakehouse_assets.settings import Settings
from resources.dagster_storage.database import Database, create_once
from resources.dagster_storage.event_log import LocalEventLogStorage


class LocalStorage(DagsterStorage, ConfigurableClass):
    """Everything Dagster remembers, below one folder: the `storage: custom:` of `dagster.yaml`.

    Without `base_dir` the folder is `dagster` in LAKEHOUSE_HOME, so that one `dagster.yaml` serves a plain
    `dagster dev` in the repository and every other home.

    Runs and schedules lie where Dagster's default storage has them and stay visible when a home
    changes from one to the other. Events do not: the default keeps one file for each run.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # A relative folder is relative to where `dagster` was started.
        home = Path(base_dir).resolve()
        self._inst_data = inst_data
        self._runs = LocalRunStorage.from_local(str(home / "history"))
        self._events = LocalEventLogStorage(str(home / "history"))
        self._schedules = _schedules(home / "schedules")
        super().__init__()

    @property
    @override
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    @override
    def config_type(cls) -> dict[str, Any]:
        return {"base_dir": Field(StringSource, is_required=False)}

    @classmethod
    @override
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "LocalStorage":
        base_dir = config_value.get("base_dir") or str(Settings.from_environment().dagster_home)
        return cls(base_dir, inst_data)

    @property
    @override
    def event_log_storage(self) -> LocalEventLogStorage:
        return self._events

    @property
    @override
    def run_storage(self) -> "LocalRunStorage":
        return self._runs

    @property
    @override
    def schedule_storage(self) -> SqliteScheduleStorage:
        return self._schedules


class LocalRunStorage(SqliteRunStorage):
    """Dagster's SQLite run storage, `<base_dir>/runs.db`, with connections that are kept."""

    def __init__(self, conn_string: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(conn_string, inst_data)
        self._database = Database(Path(str(make_url(conn_string).database)))

    @classmethod
    @override
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "LocalRunStorage":
        return cls.from_local(inst_data=inst_data, **config_value)

    @classmethod
    @override
    def from_local(cls, base_dir: str, inst_data: ConfigurableClassData | None = None) -> "LocalRunStorage":
        path = Path(base_dir).resolve() / "runs.db"
        create = super().from_local
        create_once(path, lambda: create(str(path.parent)).dispose())
        return cls(f"sqlite:///{path.as_posix()}", inst_data)

    @contextmanager
    @override
    def connect(self) -> Iterator[Connection]:
        with self._database.transaction() as connection:
            yield connection

    @override
    def dispose(self) -> None:
        self._database.dispose()


def _schedules(folder: Path) -> SqliteScheduleStorage:
    # Written to a few times a minute: Dagster's own will do, but not its race at the first start.
    path = folder / "schedules.db"
    create_once(path, lambda: SqliteScheduleStorage.from_local(str(folder)))
    return SqliteScheduleStorage(f"sqlite:///{path.as_posix()}")
