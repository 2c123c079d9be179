"""Maintenance by each engine: the same rows and marks after it, and what the one did the other understands."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from lakehouse_assets.errors import ConflictError, UnknownTableError
from lakehouse_assets.maintaining.figures import read_figures
from lakehouse_assets.policies.maintenance import Maintenance
from lakehouse_assets.publish.marks import MADE, Marks
from lakehouse_assets.publish.restore import compare, restore
from lakehouse_assets.publish.rewrite import rewrite_slot
from lakehouse_assets.publish.target import Target
from resources.engines.rewriting import write_by_cluster

if TYPE_CHECKING:
    from pathlib import Path

    from resources.engines.engine import Engine

MONDAY, TUESDAY = "2017-01-02", "2017-01-03"
ROWS, FILES, SIZE = 60_000, 6, 100_000
BOTH = ["engine", pytest.param("cluster_engine", marks=pytest.mark.cluster)]


@pytest.fixture(params=BOTH)
def by(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A table of two days, in files whose rows lie in no order, with a mark."""
    url = str(tmp_path / "t")
    for n in range(FILES):
        ids = pc.bit_wise_and(pc.multiply(pa.array(range(n, FILES * ROWS, FILES)), 7919), (1 << 20) - 1)
        day = pa.array([MONDAY if n % 3 else TUESDAY] * ROWS).cast(pa.date32())
        marks = CommitProperties(app_transactions=[Transaction(MADE + MONDAY, n + 1)])
        rows = pa.table({"id": ids, "text": pc.cast(ids, pa.string()), "day": day})
        write_deltalake(url, rows, mode="append", partition_by=["day"], commit_properties=marks)
    return url


def target(url: str) -> Target:
    from pyspark.sql import types as T

    schema = T.StructType([T.StructField("id", T.LongType()), T.StructField("text", T.StringType())])
    return Target("gold/t", url, f"{url}-quarantine", schema, column="day")


def total(url: str) -> tuple[int, int]:
    ids = DeltaTable(url).to_pyarrow_table()["id"]
    return len(ids), pc.sum(ids).as_py()


def opened(url: str, number: int) -> tuple[int, int]:
    """The files that a query for an id opens on Monday, of all of that day."""
    whole, monday = DeltaTable(url).to_pyarrow_dataset(), pc.field("day") == pa.scalar(MONDAY).cast(pa.date32())
    asked = monday & (pc.field("id") == number)
    return len(list(whole.get_fragments(filter=asked))), len(list(whole.get_fragments(filter=monday)))


def test_rows_of_a_day_are_put_together_and_queries_skip_what_they_can(by: Engine, url: str) -> None:
    before, marks = total(url), Marks.of(url, FILES - 1)
    done = by.maintenance.compact(url, slot=MONDAY, cluster_by=["id"], file_bytes=SIZE)
    assert done.files_removed == 4
    read, files = opened(url, 7919 * 5)
    assert files == done.files_added >= 4
    assert read <= max(1, files // 4)
    assert total(url) == before
    version = DeltaTable(url).version()
    assert Marks.of(url, version) == marks
    figures = read_figures(url, Maintenance(cluster_by=("id",)))
    assert figures is not None
    told = {(piece.slot, piece.clustered) for piece in figures.pieces}
    assert told == {(MONDAY, True), (TUESDAY, False)}, "whoever looks next knows what has been put together"


def test_what_was_maintained_can_be_restored_with_its_marks(by: Engine, url: str) -> None:
    by.maintenance.compact(url)
    restore(compare(target(url), 0), {"who": "ann", "why": "to try it"})
    assert total(url)[0] == ROWS
    assert Marks.of(url, DeltaTable(url).version()).made(MONDAY) == 1
    assert by.maintenance.history(url, 1)[0].operation == "RESTORE"
    assert by.maintenance.compact(url).files_removed == 0, "one file is joined with none"


def test_a_table_that_was_never_published_cannot_be_maintained(by: Engine, tmp_path: Path) -> None:
    with pytest.raises(UnknownTableError):
        by.maintenance.compact(str(tmp_path / "nowhere"))


def test_no_engine_deletes_files_past_the_guard(by: Engine) -> None:
    verbs = {name for name in dir(by.maintenance) if not name.startswith("_")}
    assert verbs - {"session"} == {"compact", "history"}


@pytest.mark.cluster
@pytest.mark.parametrize("cluster_by", [(), ("id",)], ids=["joined", "along a curve"])
def test_what_a_cluster_wrote_yields_to_a_publication_that_came_meanwhile(
    cluster_engine: Engine, url: str, cluster_by: tuple[str, ...]
) -> None:
    late = DeltaTable(url)
    write = partial(write_by_cluster, cluster_engine.spark_session)
    published = pa.table({"id": [7], "text": ["7"], "day": pa.array([MONDAY]).cast(pa.date32())})
    write_deltalake(url, published, mode="overwrite", predicate=f"day = '{MONDAY}'")
    after = total(url)
    with pytest.raises(ConflictError):
        rewrite_slot(late, MONDAY, file_bytes=ROWS * 100, cluster_by=cluster_by, write=write)
    assert total(url) == after
    rewrite_slot(late, TUESDAY, file_bytes=ROWS * 100, cluster_by=cluster_by, write=write)
    assert total(url) == after
    log = {commit["engineInfo"].split(":")[0] for commit in DeltaTable(url).history()}
    assert log == {"delta-rs"}, "in S3 a commit of Delta's own would replace what it meets"


@pytest.mark.cluster
def test_of_files_from_before_a_column_came_a_cluster_makes_rows_without_a_value(
    cluster_engine: Engine, tmp_path: Path
) -> None:
    url, kind = str(tmp_path / "t"), pa.decimal128(12, 2)
    at = pa.array([0, None], pa.timestamp("us", "UTC"))
    write_deltalake(url, pa.table({"id": [1, 2], "at": at}))
    newer = pa.table({"id": [3, 4], "at": at, "paid": pa.array([Decimal("1.10"), None], kind)})
    write_deltalake(url, newer, mode="append", schema_mode="merge")
    before = sorted(map(repr, DeltaTable(url).to_pyarrow_table().to_pylist()))
    assert cluster_engine.maintenance.compact(url).files_added == 1
    assert sorted(map(repr, DeltaTable(url).to_pyarrow_table().to_pylist())) == before
