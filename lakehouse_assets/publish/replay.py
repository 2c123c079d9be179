"""Replay: quarantined rows are judged again by today's contract, and those that pass join their partitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lakehouse_assets.publish.judge import Kept, judge
from lakehouse_assets.publish.judgement import tallies_of
from lakehouse_assets.publish.marks import REPLAYED, new_publication
from lakehouse_assets.publish.publication import Publication, publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.verdict import RAW, add_verdict, conform, is_kept_as_text

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from lakehouse_assets.publish.rules import Rule
    from lakehouse_assets.publish.snapshot import Snapshot
    from lakehouse_assets.publish.target import Origin, Target

ID = "_replayed"


@dataclass(frozen=True)
class Replay:
    """What is replayed: rows of the quarantine as they belong to the table as it was `seen`."""

    target: Target
    held: pa.Table
    seen: Snapshot
    stored: DataFrame  # the partitions they would join
    references: Mapping[str, DataFrame]


@dataclass(frozen=True)
class Replayed:
    """What became of the rows; without a publication none passed, and nothing has changed."""

    passed: int
    stayed: int
    publication: Publication | None = None


def replay(task: Replay, origin: Origin, facts: Mapping[str, Any]) -> Replayed:
    """Publish the rows that pass today's contract, each exactly once; the others stay as they are.

    A row is never published beside one of its key that the table holds, nor beside another replayed one. Only
    the quarantined rows are judged, and of the table only keys are read. One commit moves the rows: a crash
    leaves all of them in quarantine, or those that passed in the table. What reads the partitions is stale
    then, they themselves are not. `facts` go into the commit's metadata. Raises
    ConflictError where another writer changed the partitions meanwhile.
    """
    import pyarrow as pa

    frame = _as_frame(task.held, task.target, task.stored)
    passing = _passing(frame, task)
    if not passing:
        return Replayed(0, task.held.num_rows)
    staying = task.held.filter(pa.array([i not in passing for i in range(task.held.num_rows)], pa.bool_()))
    slots = tuple(sorted({task.held["_partition"][i].as_py() for i in passing}))
    range_ = Range(task.target.column, slots) if task.target.column else Range.whole()
    tolerant = replace(task.target, tolerated_share=1.0, tolerated_rows=None)
    good = frame.where(frame[ID].isin(sorted(passing))).drop(ID)
    judged = judge(good, tolerant, range_, task.references, task.seen)
    beside = staying.filter(_in(staying["_partition"], slots))
    judged = replace(
        judged,
        judgement=judged.judgement.with_rows(tallies_of({}, beside)),
        kept=Kept(files=None, quarantined=beside),
        marks=dict.fromkeys((REPLAYED + slot for slot in range_.slots), new_publication()),
        facts={**facts, "replayed": len(passing), "stayed": beside.num_rows},
    )
    return Replayed(len(passing), staying.num_rows, publish(judged, origin))


def _as_frame(held: pa.Table, target: Target, stored: DataFrame) -> DataFrame:
    """The rows as they came, before any cast, with a number each."""
    import pyarrow as pa
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    cast = {rule.columns[0] for rule in target.rules.of_kind("cast")}
    text = {f.name for f in target.schema.fields if f.name in cast or is_kept_as_text(f.dataType)}
    came = T.StructType(
        [T.StructField(f.name, T.StringType() if f.name in text else f.dataType, True) for f in target.schema.fields]
    )
    carried = [name for name in target.carried if name in stored.columns]
    numbered = held.select([RAW, *carried]).append_column(ID, pa.array(range(held.num_rows), pa.int64()))
    rows = stored.sparkSession.createDataFrame(numbered).withColumn("_row", F.from_json(RAW, came))
    typed = {
        f.name: F.col(f"_row.{f.name}") if f.name in cast else F.col(f"_row.{f.name}").try_cast(f.dataType)
        for f in target.schema.fields
    }
    # A value that is there as text and not in its type would be lost in silence: such a row is not replayed.
    whole = F.lit(True)
    for name, value in typed.items():
        whole = whole & (value.isNotNull() | F.get_json_object(RAW, f"$.{name}").isNull())
    return rows.where(whole).select(*(value.alias(name) for name, value in typed.items()), *carried, ID)


def _passing(frame: DataFrame, task: Replay) -> set[int]:
    """The numbers of the rows that break no rule, keys included."""
    from pyspark.sql import functions as F

    rules = task.target.rules
    conformed = conform(frame, task.target.schema, rules, (*task.target.carried, ID))
    judged = add_verdict(conformed, rules, task.references)
    keys = sorted({column for rule in rules.of_kind("unique") for column in rule.columns})
    good = judged.where(~F.col("_rejected")).select(ID, *keys).toArrow()
    passing = set(good[ID].to_pylist())
    for rule in rules.of_kind("unique") if passing else ():
        passing -= _taken(good, task, rule)
    return passing


def _taken(good: pa.Table, task: Replay, rule: Rule) -> set[int]:
    """The rows whose key another row has, of the table or among themselves."""
    from pyspark.sql import functions as F

    keys = list(zip(*(good[column].to_pylist() for column in rule.columns), strict=True))
    among = {key for key, count in Counter(keys).items() if count > 1}
    wanted = task.stored.sparkSession.createDataFrame(good.select(list(rule.columns)))
    same = None
    for column in rule.columns:
        one = task.stored[column].eqNullSafe(wanted[column])
        same = one if same is None else same & one
    known = task.stored.join(wanted, same, "left_semi").select(*(F.col(c) for c in rule.columns)).toArrow()
    there = set(zip(*(known[column].to_pylist() for column in rule.columns), strict=True))
    return {number for number, key in zip(good[ID].to_pylist(), keys, strict=True) if key in among or key in there}


def _in(column: pa.ChunkedArray, values: Sequence[str]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.is_in(column, value_set=pa.array(values, pa.string()))
