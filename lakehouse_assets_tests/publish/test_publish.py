"""A judged run becomes the table's next version: exactly its range, nothing lost, or nothing at all."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from pandera.pyspark import Column as PanderaColumn
from pandera.pyspark import DataFrameModel, DataFrameSchema, Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, references
from lakehouse_assets.errors import ConflictError, ContractError, OutsideRangeError, RefusedError
from lakehouse_assets.publish import commit
from lakehouse_assets.publish.commit import COMMIT_KEY, Committed
from lakehouse_assets.publish.compile import compile_contract, contract_schema
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.marks import MADE
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin
from lakehouse_assets_tests.publish.sales import (
    DAYS,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Row,
    Sale,
    files_of,
    files_on_disk,
    judge_sales,
    publish_sales,
    quarantined,
    sales,
    stored,
    target,
    version,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

THREE_DAYS = (MONDAY, TUESDAY, WEDNESDAY)
FIRST = [(MONDAY, 1, "a"), (MONDAY, 2, "b"), (TUESDAY, 1, "c"), (WEDNESDAY, 1, "d"), (WEDNESDAY, 3, None)]


def test_the_first_publication_creates_the_table(spark: SparkSession, lake: Settings) -> None:
    to = target(lake, description="Sales, day by day.")
    published = publish_sales(spark, to, FIRST, THREE_DAYS)
    table = DeltaTable(to.url)
    assert (published.version, published.files) == (0, 3)
    assert stored(to.url) == FIRST
    assert table.metadata().partition_columns == ["day"]
    assert (table.metadata().name, table.metadata().description) == ("silver/sales", "Sales, day by day.")
    assert table.history()[0]["operation"] == "CREATE TABLE"
    assert published.size_bytes == sum(table.get_add_actions(flatten=True).column("size_bytes").to_pylist())


@pytest.mark.parametrize(
    ("keys", "rows"),
    [
        pytest.param((MONDAY,), [(MONDAY, 9, "new")], id="the first partition"),
        pytest.param((TUESDAY,), [(TUESDAY, 9, "new"), (TUESDAY, 8, "new")], id="one in the middle"),
        pytest.param((WEDNESDAY,), [(WEDNESDAY, 9, "new")], id="the last"),
        pytest.param((MONDAY, WEDNESDAY), [(MONDAY, 9, "new"), (WEDNESDAY, 9, "new")], id="several with one between"),
        pytest.param(THREE_DAYS, [(day, 9, "new") for day in THREE_DAYS], id="all"),
        pytest.param((THURSDAY,), [(THURSDAY, 9, "new")], id="one that was not there"),
        pytest.param((TUESDAY, WEDNESDAY), [(TUESDAY, 9, "new")], id="one of two left without rows"),
        pytest.param((TUESDAY,), [], id="no rows at all empty the partition"),
        pytest.param((THURSDAY,), [], id="no rows where there were none"),
    ],
)
def test_a_publication_replaces_exactly_its_range(
    spark: SparkSession, lake: Settings, keys: tuple[str, ...], rows: list[Row]
) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, THREE_DAYS)
    published = publish_sales(spark, to, rows, keys)
    assert published.version == 1
    assert stored(to.url) == sorted([row for row in FIRST if row[0] not in keys] + rows, key=str)
    assert set(published.judgement.tallies) == set(keys)


def test_files_of_other_partitions_are_not_rewritten(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, THREE_DAYS)
    before = files_of(to.url)
    publish_sales(spark, to, [(TUESDAY, 5, "new")], (TUESDAY,))
    kept = {path for path in before if TUESDAY not in path}
    assert len(kept) == 2
    assert kept == before & files_of(to.url)


def test_an_unpartitioned_table_is_replaced_whole(spark: SparkSession, lake: Settings) -> None:
    to = target(lake, column=None)
    publish_sales(spark, to, FIRST, None)
    assert stored(to.url) == FIRST
    published = publish_sales(spark, to, FIRST[:1], None)
    assert stored(to.url) == FIRST[:1]
    assert (published.version, published.judgement.tallies.keys()) == (1, {""})
    publish_sales(spark, to, [], None)
    assert stored(to.url) == []


def test_publishing_the_same_rows_again_changes_no_row(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    rows = [*FIRST, (MONDAY, -1, "bad")]
    publish_sales(spark, to, rows, THREE_DAYS)
    before = stored(to.url), quarantined(to)
    published = publish_sales(spark, to, rows[::-1], THREE_DAYS)
    assert (stored(to.url), quarantined(to)) == before
    assert published.version == 1


@pytest.mark.parametrize("first", [True, False], ids=["as the first publication", "over a table"])
def test_rows_outside_the_range_are_named_and_nothing_stays_staged(
    spark: SparkSession, lake: Settings, first: bool
) -> None:
    to = target(lake)
    if not first:
        publish_sales(spark, to, FIRST, THREE_DAYS)
    before = version(to.url), files_on_disk(to.url)
    rows = [(TUESDAY, 7, "in"), (THURSDAY, 1, "out"), (THURSDAY, 2, "out"), (WEDNESDAY, 3, "out")]
    with pytest.raises(OutsideRangeError, match=rf"{TUESDAY}: {WEDNESDAY} \(1 rows\), {THURSDAY} \(2 rows\)"):
        judge_sales(spark, to, rows, (TUESDAY,))
    assert (version(to.url), files_on_disk(to.url)) == before


def test_rejected_rows_outside_the_range_are_named_too(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    with pytest.raises(OutsideRangeError, match=rf"{THURSDAY} \(1 rows\)"):
        judge_sales(spark, to, [(TUESDAY, 7, "in"), (THURSDAY, -1, "bad and out")], (TUESDAY,))
    assert files_on_disk(to.url) == set()


def test_rows_without_a_partition_are_outside_every_range(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    with pytest.raises(OutsideRangeError, match=r"NULL \(1 rows\)"):
        judge_sales(spark, to, [(TUESDAY, 7, "in"), (None, 1, "nowhere")], (TUESDAY,))
    with pytest.raises(OutsideRangeError, match=rf"{THURSDAY} \(1 rows\), NULL \(2 rows\)"):
        judge_sales(spark, to, [(THURSDAY, 7, "out"), (None, 1, "nowhere"), (None, -1, "nor this")], (TUESDAY,))
    assert files_on_disk(to.url) == set()


def test_a_range_of_a_partitioned_table_names_its_partitions() -> None:
    with pytest.raises(OutsideRangeError, match="named none of them"):
        Range("day", ())
    with pytest.raises(OutsideRangeError, match="no partition keys"):
        Range(None, (MONDAY,))


BAD = [(MONDAY, 1, "good"), (MONDAY, 2, "good"), (MONDAY, -1, "bad"), (MONDAY, "x", "bad"), (TUESDAY, 1, "good")]


@pytest.mark.parametrize(
    ("tolerance", "said"),
    [
        pytest.param({"tolerated_share": 0.49}, "2 of 4 rows rejected, more than 49.0%", id="share"),
        pytest.param({"tolerated_rows": 1}, "2 of 4 rows rejected, more than 1", id="rows"),
        pytest.param({"tolerated_share": 0.0}, "2 of 4 rows rejected, more than 0.0%", id="none at all"),
    ],
)
def test_a_refused_publication_leaves_table_and_quarantine_as_they_were(
    spark: SparkSession, lake: Settings, tolerance: dict[str, float], said: str
) -> None:
    generous = target(lake)
    publish_sales(spark, generous, [*FIRST, (MONDAY, -5, "earlier")], THREE_DAYS)
    before = [(version(u), files_on_disk(u)) for u in (generous.url, generous.quarantine_url)]
    judged = judge_sales(spark, dataclasses.replace(generous, **tolerance), BAD, (MONDAY, TUESDAY))
    assert judged.refusals == [f"partition {MONDAY}: {said}"]
    with pytest.raises(RefusedError, match=said):
        publish(judged, Origin("run"))
    assert [(version(u), files_on_disk(u)) for u in (generous.url, generous.quarantine_url)] == before


@pytest.mark.parametrize("tolerance", [{"tolerated_share": 0.5}, {"tolerated_rows": 2}, {}], ids=str)
def test_rejected_rows_within_tolerance_are_set_apart_and_the_rest_is_published(
    spark: SparkSession, lake: Settings, tolerance: dict[str, float]
) -> None:
    to = target(lake, **tolerance)
    published = publish_sales(spark, to, BAD, (MONDAY, TUESDAY))
    assert stored(to.url) == [(MONDAY, 1, "good"), (MONDAY, 2, "good"), (TUESDAY, 1, "good")]
    assert quarantined(to) == [
        (MONDAY, -1, "id__gt"),
        (MONDAY, None, "id__castable id__not_null"),
    ]
    monday, tuesday = published.judgement.tallies[MONDAY], published.judgement.tallies[TUESDAY]
    assert (monday.delivered, monday.accepted, monday.quarantined) == (4, 2, 2)
    assert (tuesday.delivered, tuesday.accepted, tuesday.quarantined) == (1, 1, 0)
    assert {rule: n for rule, n in monday.failures.items() if n} == {"id__gt": 1, "id__castable": 1, "id__not_null": 1}


def test_an_unpartitioned_table_is_refused_as_a_whole(spark: SparkSession, lake: Settings) -> None:
    judged = judge_sales(spark, target(lake, column=None, tolerated_share=0.3), BAD, None)
    assert judged.refusals == ["the table: 2 of 5 rows rejected, more than 30.0%"]


def test_a_row_in_quarantine_says_how_it_came_who_judged_it_and_by_which_rules(
    spark: SparkSession, lake: Settings
) -> None:
    to = target(lake)
    publish_sales(spark, to, [(MONDAY, "12a", "tea")], (MONDAY,), run_id="run-7")
    (row,) = DeltaTable(to.quarantine_url).to_pyarrow_table().to_pylist()
    assert json.loads(row["_raw"]) == {"day": MONDAY, "id": "12a", "item": "tea"}
    assert (row["_run_id"], row["_rules"], row["_partition"]) == ("run-7", to.rules.fingerprint, MONDAY)
    assert abs(dt.datetime.now(dt.UTC) - row["_judged_at"]) < dt.timedelta(minutes=5)


def test_quarantined_rows_of_a_range_are_replaced_and_withdrawn_once_repaired(
    spark: SparkSession, lake: Settings
) -> None:
    to = target(lake)
    publish_sales(spark, to, [(MONDAY, -1, "x"), (MONDAY, 1, "y"), (TUESDAY, -2, "z")], (MONDAY, TUESDAY))
    publish_sales(spark, to, [(MONDAY, -3, "x"), (MONDAY, 1, "y")], (MONDAY,))
    assert quarantined(to) == [(MONDAY, -3, "id__gt"), (TUESDAY, -2, "id__gt")]
    publish_sales(spark, to, [(MONDAY, 3, "x"), (MONDAY, 1, "y")], (MONDAY,))
    assert quarantined(to) == [(TUESDAY, -2, "id__gt")]
    publish_sales(spark, to, [(TUESDAY, 2, "z")], (TUESDAY,))
    assert quarantined(to) == []
    assert stored(to.url) == [(MONDAY, 1, "y"), (MONDAY, 3, "x"), (TUESDAY, 2, "z")]


def test_the_quarantine_of_an_unpartitioned_table_is_replaced_and_withdrawn_too(
    spark: SparkSession, lake: Settings
) -> None:
    to = target(lake, column=None)
    publish_sales(spark, to, [(MONDAY, -1, "x"), (TUESDAY, -2, "z"), (TUESDAY, 1, "y")], None)
    assert quarantined(to) == [(MONDAY, -1, "id__gt"), (TUESDAY, -2, "id__gt")]
    publish_sales(spark, to, [(MONDAY, 1, "x")], None)
    assert quarantined(to) == []


def test_a_table_that_never_had_a_rejected_row_has_no_quarantine(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, THREE_DAYS)
    assert version(to.quarantine_url) is None


def test_every_row_may_be_rejected(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    publish_sales(spark, to, [(MONDAY, 0, "a"), (MONDAY, -1, "b")], (MONDAY,))
    assert stored(to.url) == []
    assert len(quarantined(to)) == 2


class Keyless(Contract):
    """Sales whose key may hold NULL and crosses days."""

    day: T.DateType = Field()
    id: T.LongType = Field(coerce=True, gt=0)
    item: T.StringType = Field(nullable=True)

    class Config:
        """The key."""

        unique = ["id", "item"]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        pytest.param("select date'2017-01-02' day, '1' id", "column 'item' is missing", id="missing"),
        pytest.param(
            "select date'2017-01-02' day, '1' id, 'a' item, 1 more", "'more' is not in the contract", id="more"
        ),
        pytest.param(
            "select date'2017-01-02' day, '1' id, 7 item", "'item' is int, the contract says string", id="type"
        ),
    ],
)
def test_a_frame_that_does_not_fit_its_contract_is_refused_by_column(
    spark: SparkSession, lake: Settings, frame: str, said: str
) -> None:
    with pytest.raises(ContractError, match=said):
        judge(spark.sql(frame), target(lake), Range("day", (MONDAY,)))


def test_a_commit_says_who_made_it_from_what_and_what_became_of_the_rows(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    judged = judge_sales(spark, to, [*FIRST, (MONDAY, -1, "bad")], THREE_DAYS)
    publish(judged, Origin("run-9", "c0de", {"bronze/sales": 4}, dict.fromkeys(THREE_DAYS, 5)))
    told = json.loads(DeltaTable(to.url).history()[0][COMMIT_KEY])
    assert len(told.pop("commit")) == 32
    assert told == {
        "run_id": "run-9",
        "range": f"{MONDAY}..{WEDNESDAY} (3 partitions)",
        "code_version": "c0de",
        "rules": to.rules.fingerprint,
        "inputs": {"bronze/sales": 4},
        "delivered": 6,
        "accepted": 5,
        "quarantined": 1,
        "failures": {"id__gt": 1},
    }
    assert json.loads(DeltaTable(to.quarantine_url).history()[0][COMMIT_KEY])["quarantined"] == 1


def test_the_fingerprint_of_each_partition_is_committed_with_its_rows(spark: SparkSession, lake: Settings) -> None:
    to = target(lake)
    most = 2**63 - 1
    publish(judge_sales(spark, to, FIRST, THREE_DAYS), Origin("r", made={MONDAY: 5, TUESDAY: most}))
    publish(judge_sales(spark, to, [], (MONDAY,)), Origin("r", made={MONDAY: 4}))
    table = DeltaTable(to.url)
    assert [table.transaction_version(MADE + day) for day in THREE_DAYS] == [4, most, None]


@pytest.mark.parametrize(
    ("contract", "twins"),
    [
        pytest.param(Keyless, [(MONDAY, "1", None), (MONDAY, "1", None)], id="both NULL in a column of it"),
        pytest.param(Keyless, [(MONDAY, "1", "a"), (MONDAY, "1", "a")], id="equal"),
    ],
)
def test_rows_that_share_a_key_are_all_rejected(
    spark: SparkSession, lake: Settings, contract: type[Contract], twins: list[Row]
) -> None:
    to = target(lake, contract=contract)
    published = publish_sales(spark, to, [*twins, (MONDAY, 1, "other"), (MONDAY, 2, None)], (MONDAY,))
    assert stored(to.url) == [(MONDAY, 1, "other"), (MONDAY, 2, None)]
    assert quarantined(to) == [(MONDAY, 1, "unique__id__item")] * 2
    assert published.judgement.total.failures["unique__id__item"] == 2


def test_a_rejected_row_does_not_take_a_good_one_with_the_same_key_along(spark: SparkSession, lake: Settings) -> None:
    to = target(lake, contract=Keyless)
    publish_sales(
        spark, to, [(MONDAY, 1, "a"), (TUESDAY, 1, "a"), (TUESDAY, -1, "a"), (MONDAY, -1, "a")], (MONDAY, TUESDAY)
    )
    assert quarantined(to) == [
        (MONDAY, -1, "id__gt"),
        (MONDAY, 1, "unique__id__item"),
        (TUESDAY, -1, "id__gt"),
        (TUESDAY, 1, "unique__id__item"),
    ]


def overtaken(monkeypatch: pytest.MonkeyPatch, other_writer: Callable[[], object]) -> None:
    """Let another writer publish between our writer's look at the table and its commit."""
    attempt = commit._attempt
    waiting = [other_writer]

    def lose_time_then_attempt(url: str, *arguments: Any) -> Committed:
        if waiting and url.rsplit("/", 2)[1] != "quarantine":
            waiting.pop()()
        return attempt(url, *arguments)

    monkeypatch.setattr(commit, "_attempt", lose_time_then_attempt)


@pytest.mark.parametrize(
    "other_day", [pytest.param(TUESDAY, id="the same partition"), pytest.param(WEDNESDAY, id="another partition")]
)
def test_a_stale_writer_conflicts_or_both_succeed_and_nothing_is_lost(
    spark: SparkSession, lake: Settings, monkeypatch: pytest.MonkeyPatch, other_day: str
) -> None:
    to = target(lake)
    publish_sales(spark, to, FIRST, THREE_DAYS)
    ours, theirs = (TUESDAY, 50, "ours"), (other_day, 60, "theirs")
    judged = judge_sales(spark, to, [ours], (TUESDAY,))
    overtaken(monkeypatch, lambda: publish_sales(spark, to, [theirs], (other_day,)))
    try:
        publish(judged, Origin("slow"))
    except ConflictError:
        expected, last = [theirs], 1
    else:
        assert other_day != TUESDAY, "a writer who never saw a version has replaced its rows"
        expected, last = [ours, theirs], 2
    gone = {row[0] for row in expected}
    assert stored(to.url) == sorted([row for row in FIRST if row[0] not in gone] + expected, key=str)
    assert version(to.url) == last


def test_of_two_writers_that_create_a_table_at_once_one_conflicts(
    spark: SparkSession, lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = target(lake)
    judged = judge_sales(spark, to, [(TUESDAY, 50, "ours")], (TUESDAY,))
    overtaken(monkeypatch, lambda: publish_sales(spark, to, FIRST, THREE_DAYS))
    with pytest.raises(ConflictError) as conflict:
        publish(judged, Origin("slow"))
    assert not conflict.value.permanent, "trying again helps"
    assert stored(to.url) == FIRST


def many_rules() -> type[DataFrameModel]:
    """A contract with 140 rules: three flag columns, 20 of the rules for each of seven columns."""
    from pandera.pyspark import Check

    columns: dict[str, PanderaColumn] = {"day": PanderaColumn(T.DateType(), nullable=True)}
    for c in range(70):
        columns[f"c{c}"] = PanderaColumn(T.IntegerType(), [Check.gt(0), Check.lt(100)], nullable=True)
    schema = DataFrameSchema(columns)

    class Wide(DataFrameModel):
        @classmethod
        def to_schema(cls) -> DataFrameSchema:
            return schema

    return Wide


@pytest.mark.parametrize(("warn", "kept"), [(True, [1, 2]), (False, [1])])
def test_a_reference_sets_rows_apart_or_counts_them_and_lets_them_stay(
    spark: SparkSession, lake: Settings, warn: bool, kept: list[int]
) -> None:
    class Referring(Contract):
        """Items that a list names."""

        day: T.DateType = Field()
        id: T.LongType = Field(coerce=True)
        item: T.StringType = Field(metadata=references("silver_items", "item", warn=warn))

    to, items = target(lake, contract=Referring), spark.createDataFrame([("pear",)], "item string")
    frame = sales(spark, [(MONDAY, 1, "pear"), (MONDAY, 2, "nail")])
    publish(judge(frame, to, Range("day", (MONDAY,)), {"silver_items": items}), Origin("r"))
    assert [row[1] for row in stored(to.url)] == kept
    tally = judge(frame, to, Range("day", (MONDAY,)), {"silver_items": items}).judgement.tallies[MONDAY]
    assert tally.failures == {"item__in_silver_items": 1}


def test_a_contract_may_have_more_rules_than_a_long_has_bits(spark: SparkSession, lake: Settings) -> None:
    wide = many_rules()
    assert len(compile_contract(wide).rules) == 140
    to = dataclasses.replace(target(lake), schema=contract_schema(wide), rules=compile_contract(wide))
    day = dt.date.fromisoformat(MONDAY)
    good = (day, *[50] * 70)
    wrong = {0: 0, 31: 200, 32: -1, 62: 100, 63: 0, 69: 100}  # by column; rules 0, 63, 64, 125, 126, 139
    bad = [(day, *[value if c == at else 50 for c in range(70)]) for at, value in wrong.items()]
    worst = (day, *[wrong.get(c, 50) for c in range(70)])
    published = publish(
        judge(spark.createDataFrame([good, *bad, worst], to.schema), to, Range("day", (MONDAY,))), Origin("r")
    )
    broken = {f"c{at}__{'gt' if value <= 0 else 'lt'}" for at, value in wrong.items()}
    tally = published.judgement.tallies[MONDAY]
    assert (tally.accepted, tally.quarantined) == (1, 7)
    assert {rule: n for rule, n in tally.failures.items() if n} == dict.fromkeys(broken, 2)
    kept = DeltaTable(to.quarantine_url).to_pyarrow_table().to_pylist()
    assert sorted(sorted(row["_failed"]) for row in kept) == sorted([*([rule] for rule in broken), sorted(broken)])


def test_a_frame_that_is_never_twice_the_same_is_refused_once_its_key_fails(
    spark: SparkSession, lake: Settings
) -> None:
    frame = spark.range(200).selectExpr(
        "date'2017-01-02' day", "cast(1 + floor(rand() * 200) as string) id", "'a' item"
    )
    with pytest.raises(ContractError, match=r"different rows for unique__day__id(.|\n)*deterministic"):
        judge(frame, target(lake), Range("day", (MONDAY,)))
    assert files_on_disk(target(lake).url) == set()


def test_days_are_a_range_in_words() -> None:
    assert [str(Range("day", DAYS[:n])) for n in (1, 2)] == [MONDAY, f"{MONDAY}..{TUESDAY} (2 partitions)"]
    assert str(Range.whole()) == "whole table"
    assert Sale.names() == ["day", "id", "item"]


def test_a_reader_of_the_table_sees_its_columns_and_no_other(spark: SparkSession, lake: Settings) -> None:
    to = target(lake, carried=("_source_row",))
    frame = sales(spark, FIRST).selectExpr("*", "7L as _source_row")
    publish(judge(frame, to, Range("day", THREE_DAYS)), Origin("r"))
    columns = ["day", "id", "item", "_source_row"]
    table = DeltaTable(to.url)
    assert [f.name for f in table.schema().fields] == columns
    assert isinstance(table.to_pyarrow_table(), pa.Table)
    assert table.to_pyarrow_table().column_names == columns
    assert spark.read.format("delta").load(to.url).columns == columns
