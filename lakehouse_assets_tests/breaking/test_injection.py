"""Names and values that carry quotes, SQL, paths, line ends or nothing readable have no effect but to be data."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pyspark.sql import types as T

from lakehouse_assets.errors import DeliveryError, LakehouseError, OutsideRangeError, StorageError
from lakehouse_assets.ingest.provenance import bronze_schema
from lakehouse_assets.lake import Lake
from lakehouse_assets.making import make
from lakehouse_assets.publish.cleanup import drop
from lakehouse_assets.publish.frames import load_frame, schema_of, stage_frame
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.publish.verdict import FLAGS, RAW, REASON, REJECTED, SLOT
from lakehouse_assets_tests.breaking.nasty import NASTY, PATHS
from lakehouse_assets_tests.breaking.tables import DAYS, UNREADABLE, Visits, csv_of, deliver, no_engine, seen

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings


@pytest.fixture
def outside(lake: Settings, tmp_path: Path) -> Path:
    """A folder outside the landing zone, with something that nobody delivered."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "secret.csv").write_text(csv_of([("secret", 1)]))
    return secret


# Files and folders.


def test_files_of_any_name_are_loaded_each_once_changed_compacted_and_withdrawn_by_name(lake: Settings) -> None:
    names = [f"file {name}.csv" for name in NASTY]
    for i, name in enumerate(names):
        deliver(lake, DAYS[0], name, csv_of([(i, 1)]))
        deliver(lake, DAYS[0], f"bad {name}", UNREADABLE)
    make(Visits, lake, no_engine, DAYS[:1])
    files = sorted(f"visits/{DAYS[0]}/{name}" for name in names)
    assert sorted(row[-2] for row in seen(Visits, lake).accepted) == files
    # The rows of the files that stay are found by their names in the log, and after compaction in the rows.
    for compacted in (False, True):
        if compacted:
            DeltaTable(lake.table_url("bronze", "visits")).optimize.compact()
        deliver(lake, DAYS[0], names[0], csv_of([("changed", int(compacted))]))
        make(Visits, lake, no_engine, DAYS[:1])
        found = seen(Visits, lake)
        assert sorted(row[-2] for row in found.accepted) == files
        assert {row[1] for row in found.accepted} == {"changed", *(str(i) for i in range(1, len(names)))}
        assert sorted(row[-2] for row in found.quarantined) == sorted(f"visits/{DAYS[0]}/bad {name}" for name in names)
    assert make(Visits, lake, no_engine, DAYS[:1])[1] is None


def test_folders_that_are_no_partition_are_never_loaded(lake: Settings) -> None:
    deliver(lake, DAYS[0], "a.csv", csv_of([(1, 1)]))
    for name in [*NASTY, "2017-13-45", f"{DAYS[0]} ", f"{DAYS[0]}'", DAYS[0].replace("-", "")]:
        deliver(lake, name, "a.csv", csv_of([("never", 1)]))
    make(Visits, lake, no_engine, DAYS[:1])
    assert Lake(lake).stale(Visits) == []
    assert [row[1] for row in seen(Visits, lake).accepted] == ["1"]


@pytest.mark.parametrize("key", [*NASTY, *PATHS, "2017-01-01' OR '1'='1", REJECTED, ""])
def test_a_partition_that_the_calendar_does_not_have_is_refused(lake: Settings, key: str) -> None:
    deliver(lake, DAYS[0], "a.csv", csv_of([(1, 1)]))
    with pytest.raises(LakehouseError, match="is not a daily partition"):
        make(Visits, lake, no_engine, [key])
    assert not Path(lake.root).exists()


@pytest.mark.parametrize("link", ["file", "folder", "chain"])
def test_links_that_lead_out_of_the_landing_zone_are_refused_by_name_and_nothing_is_read_by_them(
    lake: Settings, outside: Path, link: str
) -> None:
    good = deliver(lake, DAYS[0], "a.csv", csv_of([(1, 1)]))
    make(Visits, lake, no_engine, DAYS[:1])
    before = seen(Visits, lake)
    if link == "file":
        good.with_name("b.csv").symlink_to(outside / "secret.csv")
    elif link == "folder":
        good.parent.with_name(DAYS[1]).symlink_to(outside)
    else:
        good.with_name(".hidden").symlink_to(outside)
        good.with_name("b.csv").symlink_to(".hidden/secret.csv")
    for days in (DAYS[:2], DAYS):
        with pytest.raises(DeliveryError, match=r"is a link that leads out of the landing zone"):
            make(Visits, lake, no_engine, days)
    assert seen(Visits, lake) == before


def test_links_within_a_source_and_the_operators_own_to_it_are_followed(lake: Settings, tmp_path: Path) -> None:
    real = tmp_path / "deliveries"
    (real / DAYS[0]).mkdir(parents=True)
    (real / DAYS[0] / "a.csv").write_text(csv_of([(1, 1)]))
    (real / DAYS[0] / "b.csv").symlink_to("a.csv")
    (real / DAYS[0] / "circle").symlink_to("..")
    (real / DAYS[0] / "broken.csv").symlink_to("nowhere")
    Path(lake.landing).mkdir(parents=True)
    Path(lake.landing, "visits").symlink_to(real)
    assert Lake(lake).stale(Visits) == [DAYS[0]]  # by a listing of the whole source
    make(Visits, lake, no_engine, DAYS[:1])
    assert [row[-2][-5:] for row in seen(Visits, lake).accepted] == ["a.csv", "b.csv"]


def test_a_file_name_that_is_no_text_is_refused_and_named(lake: Settings) -> None:
    good = deliver(lake, DAYS[0], "a.csv", csv_of([(1, 1)]))
    Path(os.fsdecode(os.fsencode(good.parent) + b"/bad\xff.csv")).write_text(csv_of([(2, 2)]))
    with pytest.raises(DeliveryError, match=r"no UTF-8 text.*xff"):
        make(Visits, lake, no_engine, DAYS[:1])


# Columns that a sender names.

OF_THE_PLATFORM = [RAW, SLOT, REASON, f"{FLAGS}0", "_source_file", "_source_extra", "day", "ID", "", " "]


@pytest.mark.parametrize("name", [*NASTY, *PATHS, *OF_THE_PLATFORM])
def test_a_delivered_column_of_any_name_is_kept_as_data_and_is_no_column_of_the_table(
    lake: Settings, name: str
) -> None:
    deliver(lake, DAYS[0], "a.csv", csv_of([(1, 1)]))
    quoted = name.replace('"', '""')
    deliver(lake, DAYS[0], "b.csv", f'id,"{quoted}",n\n2,{REJECTED},2\n')
    make(Visits, lake, no_engine, DAYS[:1])
    stored = DeltaTable(lake.table_url("bronze", "visits"))
    plain = {"day", "id", "n", *(field.name for field in bronze_schema(T.StructType(), None))}
    assert {field.name for field in stored.schema().fields} == plain
    rows = {row["id"]: row for row in stored.to_pyarrow_table().to_pylist()}
    assert seen(Visits, lake).quarantined == ()
    assert {key: row["_source_extra"] and json.loads(row["_source_extra"]) for key, row in rows.items()} == {
        "1": None,
        "2": {name: REJECTED},
    }
    assert {row["_source_file"] for row in rows.values()} == {f"visits/{DAYS[0]}/{f}.csv" for f in "ab"}
    assert make(Visits, lake, no_engine, DAYS[:1])[1] is None


# Partitions that a plain Dagster asset chooses itself.


def text_target(lake: Settings, frame: pa.Table) -> Target:
    return Target("silver/t", lake.table_url("silver", "t"), lake.quarantine_url("silver", "t"), schema_of(frame), "k")


@pytest.mark.parametrize("key", [*NASTY, *PATHS])
def test_a_partition_of_any_name_is_replaced_alone_and_stays_below_the_table(
    lake: Settings, tmp_path: Path, key: str
) -> None:
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(lake.root)}
    for name, values in (("other", [1]), (key, [1, 2]), (key, [3, 4])):
        frame = pa.table({"k": [name] * len(values), "v": values})
        publish(stage_frame(frame, text_target(lake, frame), Range("k", (name,))), Origin("r"))
    url = lake.table_url("silver", "t")
    rows = [(row["k"], row["v"]) for row in load_frame(url, "arrow", None, None, no_engine).to_pylist()]
    assert sorted(rows) == sorted([("other", 1), (key, 3), (key, 4)])
    assert load_frame(url, "arrow", "k", (key,), no_engine).num_rows == 2
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(lake.root)} <= before | {Path(lake.home)}


@pytest.mark.parametrize(
    ("key", "error"),
    [
        pytest.param(REJECTED, OutsideRangeError, id="of rejected rows"),
        pytest.param("__HIVE_DEFAULT_PARTITION__", OutsideRangeError, id="of rows without a partition"),
        pytest.param("x" * 300, StorageError, id="long"),
    ],
)
def test_a_partition_that_cannot_be_stored_is_refused_before_anything_is_published(
    lake: Settings, key: str, error: type[LakehouseError]
) -> None:
    frame = pa.table({"k": [key], "v": [1]})
    with pytest.raises(error):
        publish(stage_frame(frame, text_target(lake, frame), Range("k", (key,))), Origin("r"))
    assert not [path for path in Path(lake.root).rglob("*") if path.is_file()]


def test_partitions_of_any_name_that_an_engine_writes_are_told_apart(lake: Settings, spark: SparkSession) -> None:
    keys = [key for key in (*NASTY, *PATHS) if "\x00" not in key]
    frame = pa.table({"k": keys, "v": range(len(keys))})
    judged = stage_frame(spark.createDataFrame(frame), text_target(lake, frame), Range("k", tuple(keys)))
    publish(judged, Origin("r"))
    url = lake.table_url("silver", "t")
    rows = [(row["k"], row["v"]) for row in load_frame(url, "arrow", None, None, no_engine).to_pylist()]
    assert sorted(rows) == sorted(zip(keys, range(len(keys)), strict=True))


# The quarantine.


def test_rules_and_partitions_that_carry_sql_drop_nothing(lake: Settings) -> None:
    for day in DAYS[:3]:
        deliver(lake, day, "a.csv", UNREADABLE)
    make(Visits, lake, no_engine, DAYS[:3])
    url = lake.quarantine_url("bronze", "visits")
    marks: Marks = Lake(lake).marks(Visits)
    for text in [*NASTY, *PATHS, "file__readable') OR true --", "file__readable' OR ''='"]:
        assert drop(url, marks.publications(), text, {"who": text, "why": text}) == 0
        assert drop(url, {text: next(iter(marks.publications().values()))}, None, {"who": text, "why": text}) == 0
    assert current(url, marks).num_rows == 3
    assert drop(url, marks.publications([DAYS[0]]), "file__readable", {"who": "' --", "why": "\x00\n\"'"}) == 1
    assert current(url, marks).num_rows == 2
