"""The columns of a table change in the commit that publishes a range, and no stored value does."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction, create_table_with_add_actions
from hypothesis import given, settings
from hypothesis import strategies as st
from pyspark.sql import types as T

from lakehouse_assets.errors import SchemaDriftError
from lakehouse_assets.publish import evolution
from lakehouse_assets.publish.evolution import plan, rewrite
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.staging import StagedFile, new_folder, read_staging
from lakehouse_assets.publish.writer import SlotWriter, arrow_schema

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.publish.schema_policy import Policy

MONDAY, TUESDAY, WEDNESDAY = DAYS = ("2017-01-02", "2017-01-03", "2017-01-04")
INT, LONG, TEXT = T.IntegerType(), T.LongType(), T.StringType()
Rows = list[dict[str, Any]]


def columns(**kinds: T.DataType) -> T.StructType:
    """The columns of a table by day."""
    return T.StructType([T.StructField(name, kind) for name, kind in {"day": T.DateType(), **kinds}.items()])


OLD = columns(id=INT, item=TEXT)


def stage(
    url: str, schema: T.StructType, by_day: dict[str, Rows], column: str | None = "day"
) -> tuple[StagedFile, ...]:
    """Parquet of some days under the table's root, the partition column left out."""
    folder = new_folder()
    inner = arrow_schema(T.StructType([f for f in schema.fields if f.name != column]))
    for day, rows in by_day.items():
        with SlotWriter(url, folder, column, day) as writer:
            if rows:
                writer.write(pa.RecordBatch.from_pylist(rows, inner))
    return read_staging(url, folder).files


def adds(files: tuple[StagedFile, ...], column: str | None = "day") -> list[AddAction]:
    return [
        AddAction(f.path, f.size_bytes, {column: f.slot} if column else {}, f.modified_ms, True, f.stats) for f in files
    ]


def create(url: str, schema: T.StructType, by_day: dict[str, Rows], column: str | None = "day") -> DeltaTable:
    Path(url).mkdir(parents=True, exist_ok=True)
    create_table_with_add_actions(
        url,
        Schema.from_json(schema.json()),
        adds(stage(url, schema, by_day, column), column),
        partition_by=[column] if column else [],
        name="silver/sales",
        description="What was sold.",
        configuration={"delta.logRetentionDuration": "interval 99 days"},
    )
    return DeltaTable(url)


def publish(
    table: DeltaTable, schema: T.StructType, by_day: dict[str, Rows], policy: Policy, column: str | None = "day"
) -> DeltaTable:
    """The commit of a range, as publishing makes it."""
    range_ = Range(column, tuple(by_day)) if column else Range.whole()
    how = plan(table, schema, range_, policy)
    files = stage(table.table_uri, schema, by_day, column) + rewrite(table, how)
    table.create_write_transaction(
        adds(files, column),
        "overwrite",
        Schema.from_json(how.schema_json),
        partition_by=[column] if column else [],
        partition_filters=how.filters(range_),
        commit_properties=CommitProperties(max_commit_retries=0),
    )
    return DeltaTable(table.table_uri)


def ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (str(row.get("day")), str(row.get("id"))))


def read(table: DeltaTable) -> list[dict[str, Any]]:
    """What delta-rs reads."""
    return ordered(pa.RecordBatchReader.from_stream(table.scan()).read_all().to_pylist())


def read_everywhere(table: DeltaTable, spark: SparkSession) -> list[dict[str, Any]]:
    """What delta-rs reads, after every other reader has read the same, with and without a filter."""
    rows = read(table)
    url = table.table_uri
    dataset = table.to_pyarrow_dataset()  # DuckDB finds it by its name
    engine = spark.read.format("delta").load(url)
    assert ordered(pl.read_delta(url).to_dicts()) == rows
    assert ordered(pl.scan_delta(url).filter(pl.col("id") > 0).collect().to_dicts()) == rows
    assert ordered(duckdb.sql("select * from dataset").to_arrow_table().to_pylist()) == rows
    assert ordered(dataset.to_table().to_pylist()) == rows
    assert ordered([row.asDict(recursive=True) for row in engine.collect()]) == rows
    assert ordered([row.asDict(recursive=True) for row in engine.where("id > 0").collect()]) == rows
    return rows


def day(text: str, **values: Any) -> dict[str, Any]:
    return {"day": dt.date.fromisoformat(text), **values}


@pytest.fixture
def table(tmp_path: Path) -> DeltaTable:
    """Two days, of two and one rows."""
    return create(
        str(tmp_path / "sales"),
        OLD,
        {MONDAY: [{"id": 1, "item": "a"}, {"id": 2, "item": None}], TUESDAY: [{"id": 3, "item": "c"}]},
    )


def test_the_same_columns_in_another_order_are_published_and_the_stored_order_stays(
    table: DeltaTable, spark: SparkSession
) -> None:
    done = publish(table, columns(item=TEXT, id=INT), {TUESDAY: [{"id": 9, "item": "z"}]}, "strict")
    assert [f.name for f in done.schema().fields] == ["day", "id", "item"]
    assert read_everywhere(done, spark)[2] == day(TUESDAY, id=9, item="z")


def test_a_new_column_joins_in_one_commit_and_old_rows_hold_null_there(table: DeltaTable, spark: SparkSession) -> None:
    done = publish(
        table, columns(id=INT, price=T.DecimalType(6, 2), item=TEXT), {TUESDAY: [{"id": 9, "price": Decimal("1.50")}]},
        "additive",
    )  # fmt: skip
    assert done.version() == table.version() + 1 == 1
    assert [f.name for f in done.schema().fields] == ["day", "id", "item", "price"]
    assert read_everywhere(done, spark) == [
        day(MONDAY, id=1, item="a", price=None),
        day(MONDAY, id=2, item=None, price=None),
        day(TUESDAY, id=9, item=None, price=Decimal("1.50")),
    ]


def test_a_new_field_of_a_struct_in_an_array_joins_and_old_structs_hold_null_there(
    tmp_path: Path, spark: SparkSession
) -> None:
    before = columns(id=INT, lines=T.ArrayType(T.StructType([T.StructField("sku", INT)])))
    after = columns(id=INT, lines=T.ArrayType(T.StructType([T.StructField("sku", INT), T.StructField("at", TEXT)])))
    table = create(str(tmp_path / "t"), before, {MONDAY: [{"id": 1, "lines": [{"sku": 5}, None]}]})
    done = publish(table, after, {TUESDAY: [{"id": 2, "lines": [{"sku": 6, "at": "x"}]}]}, "additive")
    assert read_everywhere(done, spark) == [
        day(MONDAY, id=1, lines=[{"sku": 5, "at": None}, None]),
        day(TUESDAY, id=2, lines=[{"sku": 6, "at": "x"}]),
    ]


def test_name_description_and_settings_of_a_table_outlive_a_change_of_its_columns(table: DeltaTable) -> None:
    before = table.metadata()
    done = publish(table, columns(id=LONG, item=TEXT, new=INT), {TUESDAY: [{"id": 2**40}]}, "widen").metadata()
    assert (done.id, done.name, done.description) == (before.id, "silver/sales", "What was sold.")
    assert done.configuration == {"delta.logRetentionDuration": "interval 99 days"}
    assert done.partition_columns == ["day"]


NARROW = columns(id=INT, f=T.FloatType(), d=T.DecimalType(6, 2), a=T.ArrayType(INT), m=T.MapType(TEXT, T.ShortType()))
WIDE = columns(
    id=LONG, f=T.DoubleType(), d=T.DecimalType(20, 4), a=T.ArrayType(LONG), m=T.MapType(TEXT, INT), new=TEXT
)  # fmt: skip


def test_wider_types_hold_the_same_values_for_every_reader_and_other_days_are_rewritten(
    tmp_path: Path, spark: SparkSession
) -> None:
    old = {"id": -(2**31), "f": 0.1, "d": Decimal("9999.99"), "a": [1, None], "m": [("k", 7)]}
    new = {"id": 2**40, "f": 0.1, "d": Decimal("1.2345"), "a": [2**40], "m": [("k", 2**30)], "new": "x"}
    table = create(str(tmp_path / "t"), NARROW, {MONDAY: [old, {"id": 1}], TUESDAY: [old], WEDNESDAY: [old]})
    done = publish(table, WIDE, {TUESDAY: [new]}, "widen")
    assert done.version() == 1
    kept = {"id": -(2**31), "f": float(pa.scalar(0.1, pa.float32()).as_py()), "d": Decimal("9999.9900"), "new": None}
    assert ordered(pl.read_delta(done.table_uri).drop("m").to_dicts()) == [
        day(MONDAY, id=-(2**31), f=kept["f"], d=kept["d"], a=[1, None], new=None),
        day(MONDAY, id=1, f=None, d=None, a=None, new=None),
        day(TUESDAY, id=2**40, f=0.1, d=Decimal("1.2345"), a=[2**40], new="x"),
        day(WEDNESDAY, id=-(2**31), f=kept["f"], d=kept["d"], a=[1, None], new=None),
    ]
    by_engine = [row.asDict() for row in spark.read.format("delta").load(done.table_uri).collect()]
    by_delta = [{**row, "m": row["m"] and dict(row["m"])} for row in read(done)]
    assert ordered(by_engine) == by_delta
    physical = {f.type for f in done.to_pyarrow_dataset().get_fragments() for f in f.physical_schema if f.name == "id"}
    assert physical == {pa.int64()}


VALUES = st.fixed_dictionaries(
    {
        "id": st.none() | st.integers(-(2**31), 2**31 - 1),
        "f": st.none() | st.floats(width=32),
        "d": st.none() | st.decimals("-9999.99", "9999.99", places=2),
        "a": st.none() | st.lists(st.none() | st.integers(-(2**31), 2**31 - 1), max_size=3),
        "m": st.none() | st.dictionaries(st.text("kl", max_size=2), st.integers(-(2**15), 2**15 - 1)).map(
            lambda d: list(d.items())
        ),
    }
)  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(VALUES, min_size=1, max_size=6))
def test_no_value_changes_when_its_type_grows(rows: Rows) -> None:
    with tempfile.TemporaryDirectory() as folder:
        numbered = [{**row, "a": [i, *(row["a"] or [])]} for i, row in enumerate(rows)]
        table = create(folder, NARROW, {MONDAY: numbered})
        before = by_number(table)
        done = publish(table, WIDE, {TUESDAY: []}, "widen")
        assert [{**row, "new": None} for row in before] == by_number(done)


def by_number(table: DeltaTable) -> Rows:
    rows = sorted(pa.RecordBatchReader.from_stream(table.scan()).read_all().to_pylist(), key=lambda row: row["a"][0])
    return [{**row, "f": "NaN" if row["f"] is not None and math.isnan(row["f"]) else row["f"]} for row in rows]


def test_rows_are_rewritten_in_groups_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evolution, "GROUP_ROWS", 10_000)
    table = create(str(tmp_path / "t"), columns(id=INT), {MONDAY: [{"id": i} for i in range(50_000)], TUESDAY: []})
    how = plan(table, columns(id=LONG), Range("day", (TUESDAY,)), "widen")
    (file,) = rewrite(table, how)
    footer = pa.parquet.read_metadata(tmp_path / "t" / file.path)
    assert file.rows == 50_000
    assert max(footer.row_group(i).num_rows for i in range(footer.num_row_groups)) < 20_000
    assert footer.num_row_groups < 6


def test_a_rewrite_that_fails_leaves_nothing_staged(tmp_path: Path) -> None:
    table = create(str(tmp_path / "t"), OLD, {MONDAY: [{"id": 1}], TUESDAY: [{"id": 2}]})
    how = plan(table, columns(id=LONG, item=TEXT), Range("day", (WEDNESDAY,)), "widen")
    gone = next(path for path in table.file_uris() if TUESDAY in path)
    Path(gone.removeprefix("file://")).unlink()
    folders = set((tmp_path / "t").iterdir())
    with pytest.raises(Exception, match=r"(?i)not found|no such file"):
        rewrite(table, how)
    assert set((tmp_path / "t").iterdir()) == folders


def test_replacing_needs_every_partition_in_one_run_and_then_drops_what_is_not_declared(
    table: DeltaTable, spark: SparkSession
) -> None:
    declared = columns(id=TEXT, Item=TEXT)
    with pytest.raises(
        SchemaDriftError, match=rf"(?s){MONDAY} would lose theirs.*- item|case only.*run all partitions"
    ):
        plan(table, declared, Range("day", (TUESDAY,)), "replace")
    rows = [{"id": "x", "Item": "y"}]
    done = publish(table, declared, {MONDAY: rows, TUESDAY: rows, WEDNESDAY: rows}, "replace")
    assert done.version() == 1
    assert read(done) == [day(key, id="x", Item="y") for key in DAYS]
    assert ordered([r.asDict() for r in spark.read.format("delta").load(done.table_uri).collect()]) == read(done)


def test_a_table_without_partitions_is_replaced_as_a_whole(tmp_path: Path, spark: SparkSession) -> None:
    before, after = T.StructType([T.StructField("id", INT)]), T.StructType([T.StructField("id", T.DoubleType())])
    table = create(str(tmp_path / "t"), before, {"": [{"id": 1}]}, None)
    done = publish(table, after, {"": [{"id": 0.5}]}, "replace", None)
    assert read_everywhere(done, spark) == [{"id": 0.5}]


def test_a_change_that_the_policy_forbids_reads_plainly_and_names_the_policy_that_permits_it(table: DeltaTable) -> None:
    with pytest.raises(SchemaDriftError) as refused:
        plan(table, columns(id=LONG, item=TEXT), Range("day", (TUESDAY,)))
    assert "~ id: int -> bigint (wider)" in refused.value.what
    assert 'schema="widen"' in refused.value.remedy
    assert refused.value.where == table.table_uri


@pytest.mark.parametrize("policy", ["strict", "additive", "widen", "replace"])
def test_another_partition_column_is_refused_even_for_the_same_columns(table: DeltaTable, policy: Policy) -> None:
    for range_ in (Range("item", ("a",)), Range.whole()):
        with pytest.raises(SchemaDriftError, match="partitioned by day -> by"):
            plan(table, OLD, range_, policy)


def test_a_column_that_may_not_be_null_joins_only_where_the_run_publishes_every_row(table: DeltaTable) -> None:
    declared = columns(id=INT, item=TEXT, new=INT)
    with pytest.raises(SchemaDriftError, match="a rule forbids NULL"):
        plan(table, declared, Range("day", (TUESDAY,)), "additive", required={"new"})
    assert plan(table, declared, Range("day", DAYS), "additive", required={"new"}).action == "add columns"


def test_columns_mapped_to_other_names_are_left_alone(tmp_path: Path) -> None:
    table = create(str(tmp_path / "t"), OLD, {MONDAY: [{"id": 1}]})
    log = tmp_path / "t" / "_delta_log" / f"{0:020d}.json"
    text = log.read_text().replace('"configuration":{', '"configuration":{"delta.columnMapping.mode":"name",')
    for i, name in enumerate(["day", "id", "item"], 1):
        mapped = f'{{\\"delta.columnMapping.id\\":{i},\\"delta.columnMapping.physicalName\\":\\"{name}\\"}}'
        start = text.index("metadata", text.index(f'\\"name\\":\\"{name}\\"')) + len('metadata\\":')
        text = text[:start] + mapped + text[start + 2 :]
    log.write_text(
        text.replace('"minReaderVersion":1,"minWriterVersion":2}}', '"minReaderVersion":2,"minWriterVersion":5}}')
    )
    mapped_table = DeltaTable(table.table_uri)
    with pytest.raises(SchemaDriftError, match="maps its columns"):
        plan(mapped_table, columns(id=INT, item=TEXT, new=INT), Range("day", (MONDAY,)), "additive")


@pytest.mark.parametrize(
    ("policy", "declared"), [("widen", columns(id=LONG, item=TEXT)), ("replace", columns(id=TEXT))]
)
def test_a_partition_that_another_writer_adds_meanwhile_is_not_left_with_the_old_columns(
    table: DeltaTable, policy: Policy, declared: T.StructType
) -> None:
    publish(DeltaTable(table.table_uri), OLD, {WEDNESDAY: [{"id": 5, "item": None}]}, "strict")
    with pytest.raises(CommitFailedError):
        publish(table, declared, {MONDAY: [{"id": None}], TUESDAY: [{"id": None}]}, policy)
    assert DeltaTable(table.table_uri).version() == 1


def test_a_writer_who_began_before_the_columns_changed_is_refused(table: DeltaTable) -> None:
    publish(DeltaTable(table.table_uri), columns(id=LONG, item=TEXT), {TUESDAY: [{"id": 2**40}]}, "widen")
    with pytest.raises(CommitFailedError):
        publish(table, OLD, {WEDNESDAY: [{"id": 5, "item": None}]}, "strict")
