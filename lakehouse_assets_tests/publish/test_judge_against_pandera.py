"""The one-pass judgement against two other opinions: pandera's own validation, and plain Python row by row.

Pandera says of each rule whether the frame passes; Python counts. Our words differ from pandera's in one
place, on purpose: a key is judged among the rows that no other rule rejects, because the rows that will be
published must be unique, and a rejected row must not take a good one with it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract
from lakehouse_assets.publish.compile import BUILT_IN, compile_contract, contract_schema
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.publish.verdict import conform
from lakehouse_assets_tests.publish.random_contracts import CHECKS, DAYS, DEMANDS, KINDS, ROWS, Demands, Row, ranked

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def python_opinion(demands: Demands, rows: list[Row]) -> dict[str, set[str]]:
    """The rules that each row breaks, by the id of the row."""
    typed = [{**row, "n": number(row["n"])} for row in rows]
    broken: dict[str, set[str]] = {row["id"]: set() for row in rows}
    for row, raw in zip(typed, rows, strict=True):
        said = broken[row["id"]]
        if raw["n"] is not None and row["n"] is None:
            said.add("n__castable")
        for column, checks in demands.checks.items():
            value = row[column]
            if value is None:
                said |= set() if demands.nullable[column] else {f"{column}__not_null"}
                continue
            for name, argument in checks.items():
                full, passes = CHECKS[name]
                said |= set() if passes(value, argument) else {f"{column}__{BUILT_IN[full][0]}"}
        known = row["n"] is not None and row["x"] is not None
        if demands.row_rule is not None and known and not ranked(float(row["n"])) < ranked(row["x"]):
            said.add("n_below_x")
    if demands.key:
        warn = warn_only(demands)
        keys = {row["id"]: tuple(str(row[c]) if c != "w" else row[c] for c in demands.key) for row in typed}
        times = Counter(keys[row["id"]] for row in rows if not broken[row["id"]] - warn)
        for row in rows:
            if times[keys[row["id"]]] > 1:
                broken[row["id"]].add(f"unique__{'__'.join(demands.key)}")
    return broken


def number(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(r"-?\d{1,18}", text) else None


def warn_only(demands: Demands) -> set[str]:
    """The rules that count and reject nothing."""
    ids = {
        f"{column}__{BUILT_IN[CHECKS[name][0]][0]}"
        for column, checks in demands.checks.items()
        if demands.warns[column]
        for name in checks
    }
    return ids | ({"n_below_x"} if demands.row_rule else set())


def pandera_opinion(contract: type[Contract], frame: Any) -> set[str]:
    """The rules that pandera's own validation of a frame says are broken, by our names for them."""
    errors = json.loads(json.dumps(contract.validate(frame).pandera.errors or {}))
    entries = [entry for kind in errors.values() for reasons in kind.values() for entry in reasons]
    return {our_name(contract, entry["column"], entry["check"]) for entry in entries}


def our_name(contract: type[Contract], column: str, check: str) -> str:
    name = check.split("(")[0]
    if name == "not_nullable":
        return f"{column}__not_null"
    if name == "unique":
        return compile_contract(contract).of_kind("unique")[0].id
    return f"{column}__{BUILT_IN[name][0]}" if name in BUILT_IN else name


@pytest.fixture(autouse=True)
def pandera_is_switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PANDERA_VALIDATION_ENABLED", raising=False)


@settings(
    # Frames are small enough to be read as they are, and making a failing one smaller takes minutes.
    max_examples=40,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(demands=DEMANDS, rows=ROWS, partitioned=st.booleans())
def test_judgement_agrees_with_pandera_and_counts_as_python_counts(
    spark: SparkSession, demands: Demands, rows: list[Row], partitioned: bool
) -> None:
    contract = demands.contract()
    rules = compile_contract(contract)
    schema = T.StructType([T.StructField(c, T.StringType() if c == "n" else kind) for c, kind in KINDS.items()])
    frame = spark.createDataFrame([tuple(row[c] for c in KINDS) for row in rows], schema)
    expected = python_opinion(demands, rows)
    rejected = {row for row, said in expected.items() if said - warn_only(demands)}

    with tempfile.TemporaryDirectory() as folder:
        column = "day" if partitioned else None
        to = Target("t", f"{folder}/t", f"{folder}/q", contract_schema(contract), column, rules)
        range_ = Range("day", tuple(str(day) for day in DAYS)) if partitioned else Range.whole()
        again = judge(frame.orderBy(F.desc("id")), to, range_)
        again.staging.discard()
        judged = judge(frame, to, range_)
        publish(judged, Origin("run"))
        accepted = ids(f"{folder}/t")
        rejects = current(f"{folder}/q", Marks.of(f"{folder}/t", 0)).to_pylist()
        kept = {json.loads(row["_raw"])["id"]: row["_failed"] for row in rejects}

    total = judged.judgement.total
    assert total.failures == {r.id: sum(r.id in said for said in expected.values()) for r in rules.rules}
    assert (total.delivered, total.accepted, total.quarantined) == (len(rows), len(rows) - len(rejected), len(rejected))
    assert again.judgement.tallies == judged.judgement.tallies
    assert sorted([row for row, _ in accepted] + list(kept)) == sorted(expected)  # each row once, in one of the two
    assert {row: set(said) for row, said in kept.items()} == {
        row: expected[row] - warn_only(demands) for row in rejected
    }

    typed = demands.contract(typed=True)
    conformed = conform(frame, contract_schema(contract), rules, ()).select(*KINDS)
    key = {r.id for r in rules.of_kind("unique")}
    said = {r.id for r in rules.rules if total.failures[r.id]} - {"n__castable"}
    assert pandera_opinion(typed, conformed) - key == said - key
    otherwise_good = [row for row, broken in expected.items() if not broken - key - warn_only(demands)]
    assert pandera_opinion(typed, conformed.where(F.col("id").isin(otherwise_good))) & key == said & key


def ids(url: str, *columns: str) -> list[tuple[Any, ...]]:
    """The id of every row of a table, with other columns."""
    rows = DeltaTable(url).to_pyarrow_table().to_pylist()
    return [(row["id"], *(row[c] for c in columns or ["day"])) for row in rows]
