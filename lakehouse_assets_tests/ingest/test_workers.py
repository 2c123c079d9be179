"""Deliveries staged by a cluster's workers are those that one process stages, bad ones included."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakehouse_assets.errors import LakehouseError, StorageError, UnavailableError
from lakehouse_assets.ingest import load
from lakehouse_assets.ingest.deliveries import Delivery, find_deliveries
from lakehouse_assets.ingest.load import Bronze, stage_here
from lakehouse_assets.ingest.readers import ChangedWhileReadError
from lakehouse_assets.ingest.rejects import BRONZE_RULES
from lakehouse_assets.ingest.sources import Source
from lakehouse_assets.ingest.workers import BY_A_WORKER, TASK_BYTES, _stage, _told, spread, stage_on_workers
from lakehouse_assets.publish.target import Target
from lakehouse_assets_tests.ingest.bad_data import CASES
from lakehouse_assets_tests.stores.servers import free_ports

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pyspark.sql import SparkSession

AT = datetime(2017, 2, 1, 3, 4, 5, 678901, tzinfo=UTC)


@given(st.lists(st.integers(0, 3 * TASK_BYTES), min_size=1, max_size=60))
def test_files_are_spread_over_few_tasks_evenly(sizes: list[int]) -> None:
    tasks = spread(sizes)
    assert set(tasks) == set(range(max(tasks) + 1))
    assert len(set(tasks)) <= 1 + sum(sizes) // TASK_BYTES
    loads: dict[int, list[int]] = defaultdict(list)
    for size, task in zip(sizes, tasks, strict=True):
        loads[task].append(size)
    largest = max(sum(files) for files in loads.values())
    assert largest <= sum(sizes) / len(loads) + max(sizes)


def test_no_file_needs_no_task() -> None:
    assert spread([]) == []


def bronze_of(root: Path, source: Source, columns: pa.Schema) -> Bronze:
    from pyspark.sql.pandas.types import from_arrow_schema

    target = Target(
        "bronze/x", str(root / "lake"), str(root / "quarantine"), from_arrow_schema(columns), None, BRONZE_RULES
    )
    return Bronze(target, source, str(root / "landing"), "1")


def staged(root: Path, folder: str) -> dict[str, list[Any]]:
    """Every staged file with its rows."""
    found = sorted((root / "lake" / folder).rglob("*.parquet"))
    return {
        str(path.relative_to(root / "lake" / folder)): pq.read_table(path, partitioning=None).to_pylist()
        for path in found
    }


@pytest.mark.cluster
def test_every_case_of_bad_data_becomes_the_same(on_cluster: SparkSession, tmp_path: Path) -> None:
    groups: dict[str, list[Any]] = defaultdict(list)
    for case in CASES:
        groups[repr((dataclasses.replace(case.source, folder="x"), case.columns))].append(case)
    compared = 0
    for number, cases in enumerate(groups.values()):
        source = dataclasses.replace(cases[0].source, folder=f"x{number}")
        for case in cases:
            path = tmp_path / "landing" / source.folder / f"{case.id}.data"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(case.content())
        bronze = bronze_of(tmp_path, source, cases[0].columns)
        due = find_deliveries(bronze.landing, source, partitioned=False)
        here = stage_here(bronze, due, f"here{number}", AT, "a run")
        there = stage_on_workers(on_cluster, bronze, due, f"there{number}", AT, "a run")
        assert there == here
        assert staged(tmp_path, f"there{number}") == staged(tmp_path, f"here{number}")
        compared += len(due)
    assert compared == len(CASES)


@pytest.mark.cluster
def test_no_row_passes_through_the_client(
    on_cluster: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bronze, due = one_file(tmp_path)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the client reads nothing")

    for name in ("read_delivery", "SlotWriter", "content_fingerprint"):
        monkeypatch.setattr(load, name, never)
    (file,) = stage_on_workers(on_cluster, bronze, due, "staged", AT, "a run")
    assert file.rows == 1
    ((row,),) = staged(tmp_path, "staged").values()
    assert row["a"] == "1"


@pytest.mark.cluster
def test_workers_read_by_the_code_of_the_client(on_cluster: SparkSession) -> None:
    def where(batches: Any) -> Any:
        import lakehouse_assets.ingest.readers as readers

        for _ in batches:
            yield pa.record_batch({"path": [readers.__file__]})

    (row,) = on_cluster.range(1).mapInArrow(where, "path string").collect()
    assert "lakehouse_assets_readers.zip" in row["path"]


def test_a_store_that_does_not_answer_a_worker_is_worth_another_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bronze, (delivery,) = one_file(tmp_path)
    for name, value in {"ACCESS_KEY_ID": "k", "SECRET_ACCESS_KEY": "s", "REGION": "eu-central-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    (nobody,) = free_ports(1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{nobody}")
    told = json.dumps(_stage(dataclasses.replace(bronze, landing="s3://silent/landing"), delivery, "staged", AT, "r"))
    with pytest.raises(UnavailableError, match=BY_A_WORKER) as error:
        _told(told)
    assert not error.value.permanent


def one_file(root: Path) -> tuple[Bronze, list[Delivery]]:
    source = Source("x", "csv")
    path = root / "landing" / "x" / "a.csv"
    path.parent.mkdir(parents=True)
    path.write_text("a,b\n1,2\n")
    bronze = bronze_of(root, source, pa.schema([("a", pa.string()), ("b", pa.string())]))
    return bronze, find_deliveries(bronze.landing, source, partitioned=False)


def in_the_way(root: Path) -> None:
    (root / "lake").write_text("a file where a folder must be")


def longer(root: Path) -> None:
    (root / "landing" / "x" / "a.csv").write_text("a,b\n1,2\n3,4\n")


@pytest.mark.cluster
@pytest.mark.parametrize(("spoil", "kind"), [(in_the_way, StorageError), (longer, ChangedWhileReadError)])
def test_what_fails_on_a_worker_is_the_error_that_it_is_here(
    on_cluster: SparkSession, tmp_path: Path, spoil: Callable[[Path], None], kind: type[LakehouseError]
) -> None:
    bronze, due = one_file(tmp_path)
    spoil(tmp_path)
    errors = []
    for stage in (stage_here, lambda *given: stage_on_workers(on_cluster, *given)):
        with pytest.raises(LakehouseError) as error:
            stage(bronze, due, "staged", AT, "a run")
        errors.append(error.value)
    assert type(errors[0]) is type(errors[1]) is kind
    beside = f" ({BY_A_WORKER})" if kind is StorageError else ""
    assert f"{errors[0]}{beside}" == str(errors[1])
    assert errors[0].permanent == errors[1].permanent
