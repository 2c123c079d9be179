"""Deliveries staged by a cluster's workers: the same readers as in one process, as many at once as there are cores."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lakehouse_assets.errors import CredentialError, DeliveryError, LakehouseError, StorageError, UnavailableError
from lakehouse_assets.ingest.deliveries import Delivery
from lakehouse_assets.ingest.load import Bronze, Loaded, stage_file
from lakehouse_assets.ingest.readers import ChangedWhileReadError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

TASK_BYTES = 8 << 20  # delivered files that one task reads one after the other; a larger file is a task of its own
MOST_TASKS = 10_000
BY_A_WORKER = "on the cluster's workers, which this shell's variables reach only if set before they start"
# What a worker may say, the particular before the general.
ERRORS: dict[str, type[LakehouseError]] = {
    kind.__name__: kind
    for kind in (
        ChangedWhileReadError,
        DeliveryError,
        UnavailableError,
        CredentialError,
        StorageError,
        LakehouseError,
    )
}


def stage_on_workers(
    session: SparkSession, bronze: Bronze, due: Sequence[Delivery], folder: str, loaded_at: datetime, run_id: str
) -> list[Loaded]:
    """Stage deliveries on the workers of a Spark session; only names, counts and errors pass through this process.

    Each file is read by one task, from its first byte to its last, since only so its records can be numbered.
    Workers must reach landing zone and lake by the same URLs as this process. Raises what reading here would raise.
    """
    import pyarrow as pa

    tasks = spread([delivery.size_bytes for delivery in due])
    orders = pa.table(
        {
            "task": pa.array(tasks, pa.int32()),
            "delivery": pa.array([json.dumps(asdict(delivery)) for delivery in due], pa.string()),
        }
    )
    order = _order(bronze, folder, loaded_at, run_id)
    done = (
        session.createDataFrame(orders)
        .repartitionById(max(tasks, default=0) + 1, "task")
        .mapInArrow(order, "told string")
        .toArrow()
    )
    by_name = {file.delivery.name: file for file in map(_told, done["told"].to_pylist())}
    return [by_name[delivery.name] for delivery in due]


def spread(sizes: Sequence[int]) -> list[int]:
    """The task of each file: as few tasks as `TASK_BYTES` asks for, none much larger than the others."""
    count = min(len(sizes), MOST_TASKS, 1 + sum(sizes) // TASK_BYTES)
    filled = [(0, task) for task in range(count)]
    tasks = [0] * len(sizes)
    for i in sorted(range(len(sizes)), key=lambda i: -sizes[i]):
        size, task = heapq.heappop(filled)
        tasks[i] = task
        heapq.heappush(filled, (size + sizes[i], task))
    return tasks


def _order(
    bronze: Bronze, folder: str, loaded_at: datetime, run_id: str
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for batch in batches:
            for order in batch.column("delivery").to_pylist():
                told = _stage(bronze, Delivery(**json.loads(order)), folder, loaded_at, run_id)
                yield pa.record_batch({"told": pa.array([json.dumps(told)], pa.string())})

    return work


def _stage(bronze: Bronze, delivery: Delivery, folder: str, loaded_at: datetime, run_id: str) -> dict[str, Any]:
    try:
        return asdict(stage_file(bronze, delivery, folder, loaded_at, run_id))
    except LakehouseError as error:
        kind = next(name for name, known in ERRORS.items() if isinstance(error, known))
        return {"error": kind, "what": error.what, "where": error.where, "remedy": error.remedy}


def _told(text: str) -> Loaded:
    told = json.loads(text)
    if "error" in told:
        if told["error"] == ChangedWhileReadError.__name__:
            raise ChangedWhileReadError(told["where"])
        kind, remedy = ERRORS[told["error"]], told["remedy"]
        if issubclass(kind, StorageError):
            remedy += f" ({BY_A_WORKER})"
        raise kind(told["what"], where=told["where"], remedy=remedy)
    delivery = Delivery(**told.pop("delivery"))
    return Loaded(**{**told, "delivery": delivery, "names": tuple(told["names"])})
