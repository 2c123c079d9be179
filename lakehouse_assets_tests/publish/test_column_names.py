"""A column that a reader could not name, or that the platform's own files have, is refused before it is published."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest

from lakehouse_assets.errors import ContractError
from lakehouse_assets.publish.column_names import unfit_names
from lakehouse_assets.publish.curve import CURVE
from lakehouse_assets.publish.frames import load_frame, schema_of, stage_frame
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin
from lakehouse_assets.publish.verdict import FLAGS, RAW, REASON, SLOT, WHOLE
from lakehouse_assets_tests.breaking.nasty import NASTY, PATHS
from lakehouse_assets_tests.publish.frames_of_kinds import KINDS, made_as, plain, rows_of
from lakehouse_assets_tests.publish.sales import files_on_disk

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from lakehouse_assets.settings import Settings

FINE = ["null", "x" * 180, "%2e%2e%2f", "%00", "[red]markup"]  # those that are names like any other
HOSTILE = [name for name in (*NASTY, *PATHS) if name not in FINE]
UNREADABLE = ["", " ", "a b", "a,b;{}", "`x`", "a=b", "(a)", "a\tb", "a.b", "a\u00a0b", "a\u200bb", *HOSTILE]
OWN = [RAW, f"{RAW}_v", SLOT, REASON, f"{FLAGS}0", "_Failed_0", "_rejected", WHOLE, CURVE]
READ = ["a-b", "2017", "_id", "_source_file", "größe", "中", "share%", "#items", "$", "a:b", "raw", *FINE]


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_name_that_some_reader_cannot_read_is_refused_and_nothing_is_staged(lake: Settings, name: str) -> None:
    frame = pa.table({"v": [1], name: [2]})
    to = plain(lake, frame, None)
    with pytest.raises(ContractError, match=rf"{re.escape(repr(name))} cannot be read by every Delta reader"):
        stage_frame(frame, to, Range.whole())
    assert files_on_disk(to.url) == set()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a b", RAW], ids=["unreadable", "own"])
def test_a_bad_name_is_refused_in_a_frame_of_any_kind(
    spark: SparkSession, lake: Settings, kind: str, name: str
) -> None:
    frame = made_as(kind, spark, pa.table({"v": [1], name: [2]}))
    with pytest.raises(ContractError, match=rf"^plain/t: columns cannot be called so: {name!r} "):
        stage_frame(frame, plain(lake, frame, None), Range.whole())


@pytest.mark.parametrize("name", OWN)
def test_a_name_that_staged_files_have_is_refused(lake: Settings, name: str) -> None:
    frame = pa.table({"v": [1], name: [2]})
    with pytest.raises(ContractError, match=f"'{name}' is a name of the platform's own"):
        stage_frame(frame, plain(lake, frame, None), Range.whole())


@pytest.mark.parametrize("names", [("Name", "name"), ("name", "name"), ("Größe", "GRÖSSE", "größe")])
def test_names_that_differ_by_case_alone_are_refused(lake: Settings, names: tuple[str, ...]) -> None:
    frame = pa.Table.from_arrays([pa.array([1])] * len(names), names=list(names))
    with pytest.raises(ContractError, match=r"'\w+', '\w+' are one name to Delta"):
        stage_frame(frame, plain(lake, frame, None), Range.whole())


def test_a_column_that_a_pandas_frame_has_twice_is_refused_by_name() -> None:
    with pytest.raises(ContractError, match="more than one column called 'v'"):
        schema_of(pd.DataFrame([[1, 2]], columns=["v", "v"]))


@pytest.mark.parametrize("name", ["a b", "a.b", ""])
@pytest.mark.parametrize(
    "wrap", [lambda s: s, pa.list_, lambda s: pa.map_(pa.string(), s)], ids=["struct", "list", "map"]
)
def test_fields_within_a_column_are_names_too(name: str, wrap) -> None:
    kind = wrap(pa.struct([("in", pa.struct([(name, pa.int32()), ("V", pa.int32()), ("v", pa.int32())]))]))
    said = unfit_names(schema_of(pa.table({"col": pa.array([None], kind)})))
    assert said == [
        f"{'col.in.' + name!r} cannot be read by every Delta reader",
        "'col.in.V', 'col.in.v' are one name to Delta",
    ]


@pytest.mark.parametrize("kind", ["arrow", "spark"])
@pytest.mark.parametrize("by", [False, True], ids=["a column", "the partition column"])
@pytest.mark.parametrize("name", READ)
def test_other_names_are_published_and_read_by_every_reader(
    spark: SparkSession, lake: Settings, kind: str, name: str, by: bool
) -> None:
    values = pa.table({"v": [1, 2], name: ["x", "y"]})
    frame = made_as(kind, spark, values)
    to, range_ = plain(lake, frame, name if by else None), Range(name, ("x", "y")) if by else Range.whole()
    for _ in range(2):  # created, then replaced
        publish(stage_frame(frame, to, range_), Origin("r"))
    for reader in ("arrow", "spark", "polars"):
        keys = ("x",) if by else None
        assert rows_of(load_frame(to.url, reader, name if by else None, keys, lambda: spark)) == [
            row for row in values.to_pylist() if row[name] == "x" or not by
        ]
