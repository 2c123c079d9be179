"""What the processes of these tests do. They are forked from a server that has loaded everything and run nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from multiprocessing.synchronize import Barrier
from typing import Any

import pyarrow.csv
import pyarrow.parquet  # noqa: F401
import pyspark.sql.pandas.types  # noqa: F401
import tenacity  # noqa: F401
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from lakehouse_assets.errors import ConflictError, LakehouseError, UnknownTableError
from lakehouse_assets.making import make
from lakehouse_assets.settings import Settings
from lakehouse_assets_tests.breaking.steps import Life, living
from lakehouse_assets_tests.breaking.tables import Visits, deliver_days, no_engine
from resources.engines import engine_of
from resources.engines.engine import stop

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])
SECONDS = 300  # that a worker may take at most; on a cluster eight sessions begin at once
TOLD = ("LAKEHOUSE_", "AWS_", "AZURE_", "SPARK_REMOTE")
DIED = 9
NOBODY = 65_534


def process(work: Callable[..., Any], *args: Any) -> Any:
    """A process for this work. Its server was started once: what the environment says now must be handed over."""
    told = {name: value for name, value in os.environ.items() if name.startswith(TOLD)}
    return PROCESSES.Process(target=_told, args=(told, work, *args))


def _told(environment: dict[str, str], work: Callable[..., Any], *args: Any) -> None:
    os.environ.update(environment)
    try:
        work(*args)
    finally:
        stop()  # what is left to the exit is not done in such a process


def load(settings: Settings, days: Sequence[str], run_id: str = "run") -> None:
    make(Visits, settings, no_engine, days, run_id, stage=engine_of(settings).stage)


def load_until(settings: Settings, days: Sequence[str], step: int) -> None:
    """Load, and die at the n-th step on storage."""
    with living(Life(step, lambda: os._exit(DIED))):
        load(settings, days)


def load_until_killed(settings: Settings, days: Sequence[str], step: int) -> None:
    """Load, and be killed, as by `kill -9`, at the n-th step on storage."""
    with living(Life(step, lambda: os.kill(os.getpid(), signal.SIGKILL))):
        load(settings, days)


def load_together(settings: Settings, days: Sequence[str], start: Barrier, results: Any, name: int) -> None:
    start.wait(SECONDS)
    results.put((name, _outcome(lambda: load(settings, days, f"run-{name}"))))


def load_one_by_one(settings: Settings, days: Sequence[str], start: Barrier, results: Any, name: int) -> None:
    """Each of these partitions by a publication of its own."""
    start.wait(SECONDS)
    results.put((name, _outcome(lambda: [load(settings, [day], f"run-{name}") for day in days])))


def compact(_: Settings, url: str, start: Barrier, ended: Any, results: Any, name: int) -> None:
    """Have delta-rs compact a table again and again, as another tool would, until told to stop."""
    start.wait(SECONDS)
    done = 0
    while not ended.is_set():
        with suppress(TableNotFoundError, CommitFailedError):  # one or the other gives way
            done += DeltaTable(url).optimize.compact()["numFilesRemoved"]
    results.put((name, f"compacted {done}"))


def maintain(settings: Settings, url: str, start: Barrier, ended: Any, results: Any, name: int) -> None:
    """Have the engine compact a table again and again, until told to stop; whoever is met goes first."""
    maintenance = engine_of(settings).maintenance
    start.wait(SECONDS)
    done = yielded = 0
    while not ended.is_set():
        try:
            done += maintenance.compact(url).files_removed
        except ConflictError:
            yielded += 1
        except UnknownTableError:
            time.sleep(0.01)
    results.put((name, f"compacted {done}, yielded {yielded}"))


def _outcome(work: Callable[[], Any]) -> str:
    try:
        work()
    except ConflictError:
        return "conflict"
    except LakehouseError as error:
        return f"{type(error).__name__}: {error}"
    except BaseException:  # noqa: BLE001 - whatever it is, the test shows it
        return traceback.format_exc()
    return "done"


def load_and_tell(settings: Settings, days: Sequence[str], results: Any) -> None:
    results.put(_outcome(lambda: load(settings, days)))


def load_and_tell_without_rights(settings: Settings, days: Sequence[str], results: Any, step: int) -> None:
    """Load; at the n-th step on storage the process becomes a user who may write nothing."""
    with living(Life(step, lambda: os.setuid(NOBODY))):
        results.put(_outcome(lambda: load(settings, days)))


def publish_versions(settings: Settings, days: Sequence[str], versions: Sequence[int], times: int, enough: Any) -> None:
    """Deliver and load these versions of the deliveries in turn, and go on until whoever looks has seen enough."""
    until = time.monotonic() + SECONDS
    for n in count():
        if n >= times and (enough.is_set() or time.monotonic() > until):
            return
        deliver_days(settings, days, versions[n % len(versions)])
        load(settings, days, f"run-{n}")
