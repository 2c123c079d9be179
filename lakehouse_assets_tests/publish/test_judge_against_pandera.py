"""The one-pass judgement against two other opinions: pandera's own validation, and plain Python row by row.

Pandera says of each rule whether the frame passes; Python counts. Our words differ from pandera's in one
place, on purpose: a key is judged among the rows that no other rule rejects, because the rows that will be
published must be unique, and a rejected row must not take a good one with it.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pandera.pyspark import Field
from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, rule
from lakehouse_assets.publish.compile import BUILT_IN, compile_contract, contract_schema
from lakehouse_assets.publish.judge import judge
from lakehouse_assets.publish.marks import Marks
from lakehouse_assets.publish.publication import publish
from lakehouse_assets.publish.quarantine import current
from lakehouse_assets.publish.ranges import Range
from lakehouse_assets.publish.target import Origin, Target
from lakehouse_assets.publish.verdict import conform

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DAYS = (dt.date(2017, 1, 2), dt.date(2017, 1, 3))
KINDS: dict[str, T.DataType] = {
    "id": T.StringType(),
    "day": T.DateType(),
    "n": T.LongType(),
    "x": T.DoubleType(),
    "w": T.StringType(),
}
Row = dict[str, Any]


def ranked(value: Any) -> Any:
    """A value that compares as engines compare: NaN is the greatest and equals itself."""
    return (1, 0.0) if isinstance(value, float) and math.isnan(value) else (0, value)


def between(value: Any, low: Any, high: Any) -> bool:
    return ranked(low) <= ranked(value) <= ranked(high)


# By the name of a Field's argument: pandera's name of the check, and whether a value that is there passes.
CHECKS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "eq": ("equal_to", lambda v, a: ranked(v) == ranked(a)),
    "ne": ("not_equal_to", lambda v, a: ranked(v) != ranked(a)),
    "gt": ("greater_than", lambda v, a: ranked(v) > ranked(a)),
    "ge": ("greater_than_or_equal_to", lambda v, a: ranked(v) >= ranked(a)),
    "lt": ("less_than", lambda v, a: ranked(v) < ranked(a)),
    "le": ("less_than_or_equal_to", lambda v, a: ranked(v) <= ranked(a)),
    "in_range": ("in_range", lambda v, a: between(v, a["min_value"], a["max_value"])),
    "isin": ("isin", lambda v, a: v in a),
    "notin": ("notin", lambda v, a: v not in a),
    "str_contains": ("str_contains", lambda v, a: re.search(a, v) is not None),
    "str_matches": ("str_matches", lambda v, a: re.match(a, v) is not None),
    "str_startswith": ("str_startswith", lambda v, a: v.startswith(a)),
    "str_endswith": ("str_endswith", lambda v, a: v.endswith(a)),
    "str_length": ("str_length", lambda v, a: between(len(v), a["min_value"], a["max_value"])),
}

WORDS = st.sampled_from(["", "a", "ab", "abb", "b", "ä", "A"])
BOUNDS = {"n": st.integers(-2, 4), "x": st.sampled_from([-1.5, 0.0, 2.0, math.inf]), "w": WORDS}
TEXT_OF_NUMBER = st.integers(-3, 5).map(str)
NO_NUMBER = st.sampled_from(["x", "", "1 2", "99999999999999999999"])
VALUES = {
    "day": st.sampled_from(DAYS),
    "n": st.one_of(TEXT_OF_NUMBER, TEXT_OF_NUMBER, NO_NUMBER, st.none()),
    "x": st.sampled_from([-2.0, 0.0, 1.5, 2.0, math.nan, math.inf, -math.inf, None]),
    "w": st.one_of(WORDS, WORDS, st.none()),
}


def pairs(bounds: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    both = st.tuples(bounds, bounds).map(sorted)
    return both.map(lambda pair: {"min_value": pair[0], "max_value": pair[1]})


def checks_of(column: str) -> st.SearchStrategy[dict[str, Any]]:
    """Up to three checks of a column, as arguments of its Field."""
    bound = BOUNDS[column]
    possible: dict[str, st.SearchStrategy[Any]] = {
        "isin": st.lists(bound, min_size=1),
        "notin": st.lists(bound, min_size=1),
    }
    if column == "w":
        possible |= dict.fromkeys(("str_contains", "str_matches"), st.sampled_from(["a", "a$", "[ab]+", "."]))
        possible |= dict.fromkeys(("str_startswith", "str_endswith"), st.sampled_from(["a", "b"]))
        possible["str_length"] = pairs(st.integers(0, 3))
    else:
        possible |= dict.fromkeys(("eq", "ne", "gt", "ge", "lt", "le"), bound)
        possible["in_range"] = pairs(bound)
    chosen = st.lists(st.sampled_from(sorted(possible)), max_size=3, unique=True)
    return chosen.flatmap(lambda names: st.fixed_dictionaries({name: possible[name] for name in names}))


@dataclass(frozen=True)
class Demands:
    """A random contract, in words that Python, pandera and we can all be told."""

    checks: dict[str, dict[str, Any]]  # column -> Field's arguments
    nullable: dict[str, bool]
    warns: dict[str, bool]
    row_rule: bool | None  # None without one; True if it only warns
    key: tuple[str, ...]

    def contract(self, *, typed: bool = False) -> type[Contract]:
        """As a contract; `typed` for a judge who cannot cast and who raises where we warn."""
        body: dict[str, Any] = {"__annotations__": {name: type(kind) for name, kind in KINDS.items()}}
        body |= {"id": Field(), "day": Field()}
        for name, checks in self.checks.items():
            body[name] = Field(
                nullable=self.nullable[name],
                coerce=not typed and name == "n",
                raise_warning=not typed and self.warns[name],
                **checks,
            )
        if self.row_rule is not None:
            body["n_below_x"] = rule(warn=self.row_rule and not typed)(n_below_x)
        if self.key:
            body["Config"] = type("Config", (), {"unique": list(self.key)})
        return type("Random", (Contract,), body)


def n_below_x() -> Column:
    """Compares two columns."""
    return F.col("n") < F.col("x")


COLUMNS = ("n", "x", "w")
DEMANDS = st.builds(
    Demands,
    checks=st.fixed_dictionaries({name: checks_of(name) for name in COLUMNS}),
    nullable=st.fixed_dictionaries({name: st.booleans() for name in COLUMNS}),
    warns=st.fixed_dictionaries({name: st.sampled_from([False, False, True]) for name in COLUMNS}),
    row_rule=st.sampled_from([None, False, True]),
    key=st.sampled_from([(), ("n",), ("n", "w"), ("x",), ("w", "day")]),
)
ROWS = st.lists(st.fixed_dictionaries(VALUES), max_size=12).map(
    lambda rows: [{"id": f"row {i}", **row} for i, row in enumerate(rows)]
)


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
    deadline=None,
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
